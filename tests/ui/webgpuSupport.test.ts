import { describe, expect, it } from 'vitest';
import { reasonFromCode, requireWebGpu, supportAdvice } from '../../src/ui/webgpuSupport.js';

describe('reasons for no WebGPU', () => {
  it('explains each of the six and says what to do', () => {
    expect(Object.keys(supportAdvice)).toHaveLength(6);
    for (const advice of Object.values(supportAdvice)) {
      expect(advice.title).not.toBe('');
      expect(advice.remedies.length).toBeGreaterThan(0);
    }
    expect(new Set(Object.values(supportAdvice).map((advice) => advice.title)).size).toBe(6);
  });

  it('tells an insecure page from a browser without WebGPU', () => {
    expect(() => requireWebGpu({ isSecureContext: false, navigator: {} })).toThrow(
      expect.objectContaining({ code: 'gpu-insecure-context' }),
    );
    expect(() => requireWebGpu({ isSecureContext: true, navigator: {} })).toThrow(
      expect.objectContaining({ code: 'gpu-no-webgpu' }),
    );
    expect(() => requireWebGpu({ isSecureContext: true, navigator: { gpu: {} } })).not.toThrow();
  });

  it('knows the reason behind the engine’s codes, and that other errors have none', () => {
    const codes = [
      'gpu-insecure-context',
      'gpu-no-webgpu',
      'gpu-no-adapter',
      'gpu-limits-too-small',
      'gpu-out-of-memory',
    ];
    expect(codes.map(reasonFromCode)).toEqual([
      'insecure-context',
      'no-webgpu',
      'no-adapter',
      'limits-too-small',
      'out-of-memory',
    ]);
    expect(reasonFromCode('checkpoint-truncated')).toBeNull();
  });
});
