declare module 'wgsl-preprocessor/wgsl-preprocessor.js' {
  /** Resolves `#if ${x}`, `#elif ${x}`, `#else` and `#endif` of a WGSL template. */
  export function wgsl(strings: readonly string[], ...values: readonly unknown[]): string;
}
