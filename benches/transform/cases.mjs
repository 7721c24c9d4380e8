// What is made, as Porch's chain; sharp_worker.mjs says the same in sharp's words.
// `crop`: the middle is cut out. `written`: rows from the top that hold text, which no reference has.
export const cases = [
  { name: "jpeg1080", chain: "w-1080,f-jpg,q-80", of: "photos", ending: "jpg", master: true },
  { name: "webp400", chain: "w-400,h-400,f-webp,q-80", of: "photos", ending: "webp", master: true, crop: true },
  {
    name: "text",
    chain: "w-1080,f-jpg,q-80,l-text,i-Hello%20Porch,fs-48,co-FFFFFF,lx-20,ly-20,l-end",
    of: "photos",
    ending: "jpg",
    written: 128,
  },
  { name: "png512", chain: "w-512,f-png", of: "pictures", ending: "png" },
  { name: "gif256", chain: "w-256,f-gif", of: "animations", ending: "gif" },
];

export const aims = { cpu: 0.8, memory: 0.25, master: 0.2, likeness: 0.98 };
