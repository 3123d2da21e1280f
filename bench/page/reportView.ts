/** A report as the page shows it: a chart and a table for each suite. */
import { html, nothing, type TemplateResult } from 'lit';
import { convVariants, type ConvolutionResult } from '../convolutions.js';
import type { ModelResult } from '../forward.js';
import type { GradientResult } from '../gradients.js';
import type { MemoryResult } from '../memory.js';
import type { OpResult } from '../ops.js';
import { shareOfPeak, type Peak } from '../peak.js';
import { peerNames, type PeerResult } from '../peers/peerResult.js';
import type { BenchReport, BenchResult, Comparison } from '../report.js';
import type { Spread } from '../statistics.js';
import { barChart, formatValue, type Bar } from './barChart.js';
import { rooflineChart } from './rooflineChart.js';

export function reportView(report: BenchReport): TemplateResult {
  const { results, peak } = report;
  const of = <S extends BenchResult['suite']>(suite: S) =>
    results.filter((result): result is Extract<BenchResult, { readonly suite: S }> => result.suite === suite);
  return html`
    ${placeView(report)} ${whenAny(of('ops'), (ops) => opsView(ops, peak))}
    ${whenAny(of('convolutions'), convolutionsView)} ${of('models').map((model) => modelView(model, peak))}
    ${of('gradients').map(gradientView)} ${whenAny(of('peers'), peersView)} ${whenAny(of('memory'), memoryView)}
  `;
}

const whenAny = <T>(results: readonly T[], view: (results: readonly T[]) => TemplateResult): unknown =>
  results.length > 0 ? view(results) : nothing;

function placeView({ adapter, runtime, date, timestampQuantum, peak }: BenchReport): TemplateResult {
  const { vendor, architecture, description, software } = adapter;
  const timer =
    timestampQuantum === null ? 'No timestamp queries.' : `The GPU's timer steps by ${timestampQuantum / 1000} µs.`;
  return html`<h2>${[vendor, architecture, description].filter((part) => part !== '').join(' · ')}</h2>
    ${
      software
        ? html`<p class="alert">
            A software adapter: this was computed on a processor. Compare these figures with each other only.
          </p>`
        : nothing
    }
    <p class="muted">
      ${new Date(date).toLocaleString()} · ${runtime}. ${timer} ${peak === null ? '' : peakText(peak)}
    </p>`;
}

const peakText = ({ gigaflopsPerSecond, gigabytesPerSecond, source }: Peak): string =>
  `Peak, ${source}: ${formatValue(gigaflopsPerSecond)} GFLOP/s, ${formatValue(gigabytesPerSecond)} GB/s.`;

function table(header: readonly string[], rows: readonly (readonly string[])[]): TemplateResult {
  return html`<div class="scroll" tabindex="0">
    <table>
      <thead>
        <tr>
          ${header.map((title) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const barOf = (name: string, { median, quartiles }: Spread, isOwn = true): Bar => ({
  name,
  value: median,
  spread: quartiles,
  isOwn,
});

function opsView(ops: readonly OpResult[], peak: Peak | null): TemplateResult {
  const kernels = ops.flatMap((op) => op.kernels);
  return html`<h2>Single operations</h2>
    ${barChart(
      ops.map(({ name, wallMicroseconds }) => barOf(name, wallMicroseconds)),
      'µs',
      'Times of single operations',
    )}
    ${peak !== null && kernels.length > 0 ? rooflineChart(kernels, peak) : nothing}
    ${table(
      ['operation', 'median µs', 'GFLOP/s', 'GB/s', 'of peak', 'dispatches', 'GPU kB'],
      ops.map(({ name, wallMicroseconds, gigaflopsPerSecond, kernels: own, dispatches, gpuBytes }) => {
        const longest = [...own].sort((a, b) => b.microseconds - a.microseconds)[0];
        const share = longest === undefined || peak === null ? null : shareOfPeak(longest, peak);
        return [
          name,
          formatValue(wallMicroseconds.median),
          formatValue(gigaflopsPerSecond),
          longest === undefined ? '–' : formatValue(longest.gigabytesPerSecond),
          share === null ? '–' : `${(100 * share).toFixed(0)} %`,
          String(dispatches),
          (gpuBytes / 1000).toFixed(0),
        ];
      }),
    )}`;
}

function convolutionsView(results: readonly ConvolutionResult[]): TemplateResult {
  return html`<h2>Styled 3×3 convolutions by each method</h2>
    <p class="muted">
      Naive is one invocation an output, nothing shared: what anyone would write first. Rates are of the convolution,
      whatever a method multiplies.
    </p>
    ${barChart(
      results.flatMap(({ name, wallMilliseconds, naiveMilliseconds }) => {
        const best = Math.min(...convVariants.map((variant) => wallMilliseconds[variant].median));
        return [
          barOf(`${name}, naive`, naiveMilliseconds, false),
          ...convVariants.map((variant) =>
            barOf(`${name}, ${variant}`, wallMilliseconds[variant], wallMilliseconds[variant].median === best),
          ),
        ];
      }),
      'ms',
      'Times of convolutions',
    )}
    ${table(
      ['convolution', 'best ms', 'GFLOP/s', 'times as fast as naive'],
      results.map(({ name, gigaflops, wallMilliseconds, naiveMilliseconds }) => {
        const best = Math.min(...convVariants.map((variant) => wallMilliseconds[variant].median));
        return [
          name,
          formatValue(best),
          formatValue((1000 * gigaflops) / best),
          formatValue(naiveMilliseconds.median / best),
        ];
      }),
    )}`;
}

function modelView(model: ModelResult, peak: Peak | null): TemplateResult {
  const { name, wallMilliseconds, coldMilliseconds, dispatches, arenaBytes, gpuBytes, kernels } = model;
  const slowest = [...kernels].sort((a, b) => b.microseconds - a.microseconds);
  const total = kernels.reduce((sum, { microseconds }) => sum + microseconds, 0);
  return html`<h2>${name}</h2>
    <p>
      ${formatValue(wallMilliseconds.median)} ms (${wallMilliseconds.quartiles.map(formatValue).join(' to ')}), the
      first picture after ${formatValue(coldMilliseconds)} ms. ${formatValue(model.gigaflopsPerSecond)} GFLOP/s
      effective, ${dispatches} dispatches, ${(arenaBytes / 1e6).toFixed(1)} MB of intermediates,
      ${(gpuBytes / 1e6).toFixed(1)} MB in all.
    </p>
    ${peak !== null && kernels.length > 0 ? rooflineChart(kernels, peak) : nothing}
    ${
      kernels.length === 0
        ? nothing
        : table(
            ['kernel', 'µs', 'share', 'GFLOP/s', 'GB/s', 'of peak'],
            slowest.map((kernel) => [
              kernel.label,
              kernel.microseconds.toFixed(0),
              `${((100 * kernel.microseconds) / total).toFixed(1)} %`,
              formatValue(kernel.gigaflopsPerSecond),
              formatValue(kernel.gigabytesPerSecond),
              peak === null ? '–' : `${(100 * shareOfPeak(kernel, peak)).toFixed(0)} %`,
            ]),
          )
    }`;
}

function gradientView({
  name,
  forwardMilliseconds,
  bothMilliseconds,
  ratio,
  dispatches,
}: GradientResult): TemplateResult {
  return html`<h2>${name}</h2>
    ${barChart(
      [barOf('forward', forwardMilliseconds, false), barOf('forward and backward', bothMilliseconds)],
      'ms',
      `Times of ${name}`,
    )}
    <p>${formatValue(ratio)} times the forward pass, ${dispatches} dispatches.</p>`;
}

function peersView(results: readonly PeerResult[]): TemplateResult {
  const versions = Object.entries(results[0]?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  return html`<h2>Beside other runtimes</h2>
    <p class="muted">
      The same graph on the same adapter, equal to 1e-4 before it is timed, in turns, from numbers on the processor to
      numbers on the processor. ${versions.join(', ')}.
    </p>
    ${results.map(
      ({ name, ganvas, peers }) =>
        html`<p>${name}</p>
          ${barChart(
            [
              barOf('ganvas', ganvas.wallMilliseconds),
              ...peerNames.map((peer) => barOf(peer, peers[peer].wallMilliseconds, false)),
            ],
            'ms',
            `Times of ${name}`,
          )}`,
    )}
    ${table(
      ['times as long as ganvas', ...peerNames],
      results.map(({ name, ganvas, peers }) => [
        name,
        ...peerNames.map((peer) => formatValue(peers[peer].wallMilliseconds.median / ganvas.wallMilliseconds.median)),
      ]),
    )}`;
}

function memoryView(results: readonly MemoryResult[]): TemplateResult {
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return html`<h2>Planned memory</h2>
    ${table(
      ['MiB', 'intermediates', 'weights', 'peak', 'largest buffer', 'dispatches'],
      results.map(({ name, arenaBytes, constantBytes, peakBytes, largestBufferBytes, dispatches }) => [
        name,
        ...[arenaBytes, constantBytes, peakBytes, largestBufferBytes].map(mebibytes),
        String(dispatches),
      ]),
    )}`;
}

export function comparisonView(rows: readonly Comparison[]): TemplateResult {
  return html`<h2>Beside the earlier run</h2>
    ${table(
      ['median ms', 'before', 'now', 'times as fast'],
      rows.map(({ name, before, after, speedup, isClear }) => [
        name,
        formatValue(before.median),
        formatValue(after.median),
        `${formatValue(speedup)}${isClear ? '' : ' ~'}`,
      ]),
    )}
    <p class="muted">~ within the quartiles of either run: it may be chance.</p>`;
}
