/**
 * The first key that appears twice in one object of a JSON text, or `null`. `JSON.parse` keeps the last of the two in
 * silence, which lets one file mean different things to different readers.
 *
 * @param text valid JSON.
 */
export function duplicateJsonKey(text: string): string | null {
  const objects: (Set<string> | null)[] = [];
  for (let offset = 0; offset < text.length; offset++) {
    const character = text.charAt(offset);
    if (character === '{') objects.push(new Set());
    else if (character === '[') objects.push(null);
    else if (character === '}' || character === ']') objects.pop();
    if (character !== '"') continue;
    const end = closingQuote(text, offset);
    const keys = objects.at(-1);
    if (keys && text.charAt(skipWhitespace(text, end + 1)) === ':') {
      // Parsed, because "a" and "\u0061" are one key.
      const key: unknown = JSON.parse(text.slice(offset, end + 1));
      if (typeof key !== 'string') continue;
      if (keys.has(key)) return key;
      keys.add(key);
    }
    offset = end;
  }
  return null;
}

/** How deep objects and lists are nested in a text that may or may not be JSON. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text.charAt(offset);
    if (character === '"') offset = closingQuote(text, offset);
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}

function closingQuote(text: string, openingQuote: number): number {
  let end = openingQuote + 1;
  while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === '\\' ? 2 : 1;
  return end;
}

function skipWhitespace(text: string, offset: number): number {
  let end = offset;
  while (end < text.length && ' \t\n\r'.includes(text.charAt(end))) end++;
  return end;
}
