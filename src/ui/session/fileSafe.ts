/** A name that every file system takes. */
export function fileSafe(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'ganvas';
}
