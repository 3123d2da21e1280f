/** What can be opened, as far as it has to be known before anything is: what opens it is loaded then. */
export const acceptedFiles = '.pkl,.pt,.pth,.bin,.ckpt,.safetensors,.npy,.npz,.json,.png';
export const acceptedPictures = 'image/*';

/**
 * What dropping would do, before the drop: browsers tell only the type then, and none for checkpoints.
 * Null when nothing useful can come of it.
 */
export function dropPromise(types: readonly string[], invertsPictures: boolean): string | null {
  const [type] = types;
  if (types.length === 0 || type === undefined) return 'Drop to open this file';
  if (types.length > 1) return 'Drop a checkpoint with the JSON that describes it; of other files the first is opened';
  if (type === 'image/png') {
    return invertsPictures
      ? 'Drop to invert this picture, or to bring back the recipe saved in it'
      : 'Drop to bring back the recipe saved in this picture';
  }
  if (invertsPictures && type.startsWith('image/')) return 'Drop to invert this picture';
  if (type === 'application/json') return 'Drop to open this recipe';
  if (type === '' || type === 'application/octet-stream')
    return 'Drop to open this checkpoint, or to add its directions';
  return null;
}
