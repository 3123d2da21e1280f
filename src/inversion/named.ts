/** What a record must hold by construction: a missing name is our bug, so it says so instead of giving undefined. */
export function named<T>(values: Readonly<Record<string, T>>, name: string): T {
  const value = values[name];
  if (value === undefined)
    throw new RangeError(`internal: there is no ${name} among ${Object.keys(values).join(', ')}`);
  return value;
}
