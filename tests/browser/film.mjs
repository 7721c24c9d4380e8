// Films to post, made here by ffmpeg.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For stories that need the program. */
export const needsProgram = (() => {
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
    return {};
  } catch {
    return { skip: "ffmpeg is not here" };
  }
})();

const H264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "20", "-pix_fmt", "yuv420p", "-c:a", "aac"];

/** A film with sound, as an upload; an MP4 that every browser plays, unless it is coded otherwise. */
export function film(name, { size = "320x180", seconds = 6, rate = 10, coded = H264, mimeType = "video/mp4" } = {}) {
  const made = join(mkdtempSync(join(tmpdir(), "porch-film-")), name);
  const picture = ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}:d=${seconds}`];
  const sound = ["-f", "lavfi", "-i", `sine=f=440:r=48000:d=${seconds}`];
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...picture, ...sound, ...coded, made]);
  return { name, mimeType, buffer: readFileSync(made) };
}

/** As phones record it. */
export const HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=none", "-c:a", "aac"];
