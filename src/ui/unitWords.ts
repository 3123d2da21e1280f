/** A feature layer without what all of them have in common: "b16.conv1". */
export function shortLayer(name: string): string {
  return name.replace(/^synthesis\./, '');
}
