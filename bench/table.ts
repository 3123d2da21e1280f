import { convVariants, type ConvolutionResult } from './convolutions.js';
import type { GradientResult } from './gradients.js';
import type { InversionResult } from './inversion.js';
import type { KernelResult, ModelResult } from './forward.js';
import { shareOfPeak, type Peak } from './peak.js';
import type { BenchReport, BenchResult, Comparison } from './report.js';
import { peerSection } from './peerTable.js';
import { formatTable } from './textTable.js';
import type { MemoryResult } from './memory.js';

/** A report as text tables, the adapter first and software labelled as such. */
export function formatReport(report: BenchReport): string {
  const { results, peak } = report;
  const sections = [placeLines(report)];
  const ops = ofSuite(results, 'ops');
  if (ops.length > 0) sections.push(formatTable(opHeader, ops.map(opRow)));
  const convolutions = ofSuite(results, 'convolutions');
  if (convolutions.length > 0) sections.push(formatTable(convolutionHeader, convolutions.map(convolutionRow)));
  sections.push(
    ...ofSuite(results, 'models').map((model) => modelSection(model, peak)),
    ...ofSuite(results, 'gradients').map(gradientSection),
  );
  const beside = ofSuite(results, 'peers');
  if (beside.length > 0) sections.push(peerSection(beside));
  const plans = ofSuite(results, 'memory');
  if (plans.length > 0) sections.push(formatTable(memoryHeader, plans.map(memoryRow)));
  const inversions = ofSuite(results, 'inversion');
  if (inversions.length > 0) sections.push(formatTable(inversionHeader, inversions.map(inversionRow)));
  return `${sections.join('\n\n')}\n`;
}

function ofSuite<S extends BenchResult['suite']>(results: readonly BenchResult[], suite: S): BenchResultOf<S>[] {
  return results.filter((result): result is BenchResultOf<S> => result.suite === suite);
}

type BenchResultOf<S extends BenchResult['suite']> = Extract<BenchResult, { readonly suite: S }>;

function placeLines({ adapter, timestampQuantum, runtime, tunedKernels, peak }: BenchReport): string {
  const { vendor, architecture, description, software } = adapter;
  const name = [vendor, architecture, description].filter((part) => part !== '').join(' · ');
  const timer = timestampQuantum === null ? 'no timestamp queries' : `GPU timer steps of ${timestampQuantum / 1000} µs`;
  const lines = [`Adapter: ${name} (${timer})`, runtime];
  if (software) lines.push('Software adapter: timed on a CPU. Compare these figures with each other only.');
  if (tunedKernels > 0)
    lines.push(`Kernels of ${tunedKernels} classes of convolutions as ganvas tune measured them here.`);
  if (peak !== null) lines.push(peakLine(peak));
  return lines.join('\n');
}

const peakLine = ({ gigaflopsPerSecond, gigabytesPerSecond, source }: Peak): string =>
  `Peak (${source}): ${gigaflopsPerSecond.toFixed(1)} GFLOP/s, ${gigabytesPerSecond.toFixed(1)} GB/s`;

/** What two runs on one adapter timed, side by side. */
export function formatComparison(rows: readonly Comparison[]): string {
  const table = rows.map(({ name, before, after, speedup, isClear }) => [
    name,
    before.median.toFixed(2),
    after.median.toFixed(2),
    `${speedup.toFixed(2)}×${isClear ? '' : ' ~'}`,
  ]);
  return `${formatTable(['median ms', 'before', 'now', 'speed'], table)}\n\n~ within the quartiles of either: it may be chance.`;
}

const opHeader = ['op', 'median µs', 'quartiles', 'GPU µs', 'GFLOP/s', 'GB/s', 'dispatches', 'GPU kB'];

function opRow(result: BenchResultOf<'ops'>): string[] {
  const { wallMicroseconds: wall, kernels } = result;
  return [
    result.name,
    wall.median.toFixed(0),
    `${wall.quartiles[0].toFixed(0)}–${wall.quartiles[1].toFixed(0)}`,
    kernels.length > 0 ? gpuTime(kernels).toFixed(0) : 'n/a',
    result.gigaflopsPerSecond.toFixed(2),
    kernels.length > 0 ? bandwidth(kernels).toFixed(2) : 'n/a',
    String(result.dispatches),
    (result.gpuBytes / 1000).toFixed(0),
  ];
}

const convolutionHeader = [
  'styled 3×3 convolution',
  'naive ms',
  ...convVariants.map((variant) => `${variant} ms`),
  'best to naive',
  'to direct',
  'best GFLOP/s',
];

/** Rates are effective: of the convolution, whatever a method multiplies. */
function convolutionRow({ name, gigaflops, wallMilliseconds, naiveMilliseconds: naive }: ConvolutionResult): string[] {
  const medians = convVariants.map((variant) => wallMilliseconds[variant].median);
  const best = Math.min(...medians);
  return [
    name,
    naive.median.toFixed(2),
    ...medians.map((median) => median.toFixed(2)),
    (naive.median / best).toFixed(1),
    (wallMilliseconds.direct.median / best).toFixed(1),
    ((1000 * gigaflops) / best).toFixed(1),
  ];
}

function modelSection(model: ModelResult, peak: Peak | null): string {
  const { wallMilliseconds: wall } = model;
  const summary = [
    `${model.name}: median ${wall.median.toFixed(2)} ms (${wall.quartiles[0].toFixed(2)}–${wall.quartiles[1].toFixed(2)}, ${wall.samples} samples), ` +
      `first picture after ${model.coldMilliseconds.toFixed(0)} ms`,
    `${model.gigaflops.toFixed(3)} GFLOP, ${model.gigaflopsPerSecond.toFixed(2)} GFLOP/s, ${model.dispatches} dispatches, ` +
      `arena ${(model.arenaBytes / 1e6).toFixed(2)} MB, ${(model.gpuBytes / 1e6).toFixed(2)} MB on the GPU`,
  ];
  if (model.kernels.length === 0) return summary.join('\n');
  const total = gpuTime(model.kernels);
  const rows = model.kernels.map((kernel) => [
    kernel.label,
    kernel.microseconds.toFixed(0),
    `${((100 * kernel.microseconds) / total).toFixed(1)} %`,
    kernel.gigaflopsPerSecond.toFixed(2),
    kernel.gigabytesPerSecond.toFixed(2),
    peak === null ? 'n/a' : `${(100 * shareOfPeak(kernel, peak)).toFixed(0)} %`,
  ]);
  return `${summary.join('\n')}\n\n${formatTable(['kernel', 'GPU µs', 'share', 'GFLOP/s', 'GB/s', 'of peak'], rows)}`;
}

function gradientSection(result: GradientResult): string {
  const { forwardMilliseconds: forward, bothMilliseconds: both } = result;
  const quartiles = both.quartiles.map((quartile) => quartile.toFixed(2)).join('–');
  return [
    `${result.name}: median ${both.median.toFixed(2)} ms (${quartiles}, ${both.samples} samples), ` +
      `${result.ratio.toFixed(2)} times the forward pass alone (${forward.median.toFixed(2)} ms)`,
    `${result.gigaflops.toFixed(3)} GFLOP, ${result.dispatches} dispatches (forward ${result.forwardDispatches}), ` +
      `arena ${(result.arenaBytes / 1e6).toFixed(2)} MB (forward ${(result.forwardArenaBytes / 1e6).toFixed(2)} MB)`,
  ].join('\n');
}

const memoryHeader = ['planned, not run (MiB)', 'arena', 'weights', 'peak', 'largest buffer', 'dispatches'];

function memoryRow(result: MemoryResult): string[] {
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  const { arenaBytes, constantBytes, peakBytes, largestBufferBytes } = result;
  const sizes = [arenaBytes, constantBytes, peakBytes, largestBufferBytes].map(mebibytes);
  return [result.name, ...sizes, String(result.dispatches)];
}

const inversionHeader = [
  'inversion',
  'space',
  'pictures',
  'steps',
  'starts from',
  'there, dB',
  'median dB',
  'quartiles',
  '≥ 40 dB',
  'distance (edge)',
  's/step',
];

function inversionRow(result: InversionResult): string[] {
  const { psnr, distance, edge } = result;
  return [
    result.name,
    result.space,
    String(result.pictures),
    String(result.steps),
    result.startFrom,
    result.startPsnr.median.toFixed(1),
    psnr.median.toFixed(1),
    psnr.quartiles.map((quartile) => quartile.toFixed(1)).join('–'),
    String(result.reached40),
    `${distance.median.toFixed(1)} (${edge.toFixed(1)})`,
    result.secondsPerStep.toFixed(3),
  ];
}

const gpuTime = (kernels: readonly KernelResult[]): number =>
  kernels.reduce((sum, { microseconds }) => sum + microseconds, 0);

/** Bytes moved a second over all kernels together. */
function bandwidth(kernels: readonly KernelResult[]): number {
  const bytes = kernels.reduce((sum, kernel) => sum + kernel.gigabytesPerSecond * kernel.microseconds, 0);
  return bytes / Math.max(gpuTime(kernels), Number.MIN_VALUE);
}
