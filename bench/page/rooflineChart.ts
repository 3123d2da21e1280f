import { svg, type TemplateResult } from 'lit';
import type { KernelResult } from '../forward.js';
import type { Peak } from '../peak.js';

const [width, height] = [810, 320];
const margin = { left: 64, right: 24, top: 36, bottom: 40 };

/** A kernel's place: operations a byte moved, and its rate. */
interface Place {
  readonly kernel: KernelResult;
  readonly intensity: number;
}

/**
 * The roofline model (Williams, Waterman and Patterson 2009): no kernel is above the lower of what the adapter computes
 * and what its memory feeds. Both axes are logarithmic; a dot's area grows with the kernel's time.
 */
export function rooflineChart(kernels: readonly KernelResult[], peak: Peak): TemplateResult {
  const places = kernels.flatMap((kernel): Place[] => {
    const intensity = kernel.gigaflopsPerSecond / kernel.gigabytesPerSecond;
    return intensity > 0 && Number.isFinite(intensity) ? [{ kernel, intensity }] : [];
  });
  const ridge = peak.gigaflopsPerSecond / peak.gigabytesPerSecond;
  const rates = places.map(({ kernel }) => kernel.gigaflopsPerSecond);
  const x = logAxis([...places.map(({ intensity }) => intensity), ridge * 4], margin.left, width - margin.right);
  const y = logAxis([...rates, peak.gigaflopsPerSecond * 1.5], height - margin.bottom, margin.top);
  const roof = (intensity: number): number => Math.min(peak.gigaflopsPerSecond, intensity * peak.gigabytesPerSecond);
  const corners = [x.low, ridge, x.high].map((intensity) => `${x.place(intensity)},${y.place(roof(intensity))}`);
  const longest = Math.max(...places.map(({ kernel }) => kernel.microseconds));
  return svg`<svg class="roofline" viewBox="0 0 ${width} ${height}" role="img" aria-label="Roofline: rates of kernels by operations a byte">
    ${x.ticks.map(
      (
        tick,
      ) => svg`<line class="grid" x1=${x.place(tick)} x2=${x.place(tick)} y1=${margin.top} y2=${height - margin.bottom}></line>
        <text class="tick middle" x=${x.place(tick)} y=${height - margin.bottom + 16}>${tick}</text>`,
    )}
    ${y.ticks.map(
      (
        tick,
      ) => svg`<line class="grid" x1=${margin.left} x2=${width - margin.right} y1=${y.place(tick)} y2=${y.place(tick)}></line>
        <text class="tick end" x=${margin.left - 8} y=${y.place(tick)}>${tick}</text>`,
    )}
    <text class="tick middle" x=${(margin.left + width - margin.right) / 2} y=${height - 6}>operations a byte</text>
    <text class="tick" x="4" y=${margin.top - 22}>GFLOP/s</text>
    <polyline class="roof" points=${corners.join(' ')}></polyline>
    ${places.map(
      ({
        kernel,
        intensity,
      }) => svg`<circle class="kernel" cx=${x.place(intensity)} cy=${y.place(kernel.gigaflopsPerSecond)}
        r=${2 + 8 * Math.sqrt(kernel.microseconds / longest)}><title>${kernel.label} (${kernel.kernel}): ${kernel.microseconds.toFixed(0)} µs, ${kernel.gigaflopsPerSecond.toFixed(2)} GFLOP/s</title></circle>`,
    )}
  </svg>`;
}

interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** Whole powers of ten around the values. */
function logAxis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    low: 10 ** low,
    high: 10 ** high,
    ticks: Array.from({ length: high - low + 1 }, (_, step) => Number(`1e${low + step}`)),
    place: (value) => from + ((to - from) * (Math.log10(value) - low)) / (high - low),
  };
}
