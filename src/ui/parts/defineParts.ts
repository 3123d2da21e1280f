/** Custom elements by their names. */
export type Parts = Readonly<Record<string, CustomElementConstructor>>;

/** Defines those that are not defined yet: several editors on a page share them. */
export function defineParts(parts: Parts): void {
  for (const [name, part] of Object.entries(parts)) if (!customElements.get(name)) customElements.define(name, part);
}
