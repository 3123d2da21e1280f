/** A checkpoint and the text of the JSON that says what its weights do not. */
export interface DescribedModel {
  readonly file: File;
  readonly description: string;
}

/** Two files that belong together: a checkpoint, and its layers.json or the config.json of a BigGAN-deep. Else null. */
export async function describedModel(files: readonly File[]): Promise<DescribedModel | null> {
  const isJson = ({ name }: File): boolean => name.toLowerCase().endsWith('.json');
  const [json, file] = [files.find(isJson), files.find((candidate) => !isJson(candidate))];
  if (files.length !== 2 || json === undefined || file === undefined) return null;
  const description = await json.text();
  return isDescription(description) ? { file, description } : null;
}

/** Told from a recipe by what either must have; what is wrong with it is its reader's to say. */
export function isDescription(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && ('layers' in value || 'attention_layer_position' in value);
  } catch {
    return false;
  }
}
