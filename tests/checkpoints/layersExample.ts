import { readFileSync } from 'node:fs';

/** The blocks of JSON in docs/layers-json.md, in order. */
export function documentedJson(): readonly string[] {
  const page = readFileSync(new URL('../../docs/layers-json.md', import.meta.url), 'utf8');
  return [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json);
}

/** The file that the page shows first: DCGAN of pytorch/examples at 64². */
export function documentedDcgan(): string {
  const [first] = documentedJson();
  if (first === undefined) throw new Error('docs/layers-json.md shows no file');
  return first;
}
