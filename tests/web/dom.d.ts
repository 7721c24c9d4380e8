// What the browser's types cannot know of our pages: what a selector finds is what the template says it is.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}

interface Document {
  getElementById(id: string): any;
}

interface Element {
  closest(selectors: string): any;
}

interface Window {
  /** There where npm was, when Porch was built. */
  htmx?: { process(element: Element): void };
}
