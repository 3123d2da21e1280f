import { html, LitElement, nothing } from 'lit';
import { state } from 'lit/decorators.js';
import { GanvasError } from '../../src/engine/errors.js';
import type { Suite } from '../main.js';
import { compareReports, parseReport, type BenchReport, type Comparison } from '../report.js';
import { formatReport } from '../table.js';
import { benchStyles } from './benchStyles.js';
import { runInPage } from './pageRun.js';
import { comparisonView, reportView } from './reportView.js';

interface SuiteChoice {
  readonly suite: Suite;
  readonly name: string;
  readonly hint: string;
}

const choices: readonly SuiteChoice[] = [
  { suite: 'convolutions', name: 'Convolutions', hint: 'each method beside a naive kernel' },
  { suite: 'models', name: 'Bundled generator', hint: 'a 64² frame, kernel by kernel' },
  { suite: 'gradients', name: 'Forward and backward', hint: 'the gradient with respect to w+' },
  { suite: 'ops', name: 'Single operations', hint: 'every operation at a size that generators meet' },
  { suite: 'memory', name: 'Planned memory', hint: 'StyleGAN2, StyleGAN3 and PGGAN, without running them' },
  {
    suite: 'published',
    name: 'Whole StyleGAN2, StyleGAN3, PGGAN',
    hint: 'up to 1024², random weights: needs a graphics card',
  },
  {
    suite: 'large-peers',
    name: 'StyleGAN2 256² beside other runtimes',
    hint: 'random weights: minutes without a graphics card',
  },
  { suite: 'peers', name: 'Other runtimes', hint: 'onnxruntime and tfjs, where bench/peers is installed' },
];

/** Runs the benchmark, draws it, and sets it beside an earlier run. */
export class BenchPage extends LitElement {
  static override styles = benchStyles;

  @state() private chosen: ReadonlySet<Suite> = new Set<Suite>(['convolutions', 'models', 'gradients']);
  @state() private samples = 30;
  @state() private underWay: string | null = null;
  @state() private report: BenchReport | null = null;
  @state() private earlier: BenchReport | null = null;
  @state() private problem: string | null = null;
  @state() private notice = '';
  private stopping = new AbortController();

  /** Runs suites and shows what came of it. For scripts, too. */
  async run(suites: readonly Suite[], samples: number): Promise<BenchReport> {
    this.stopping = new AbortController();
    [this.problem, this.notice, this.underWay] = [null, '', 'Starting'];
    try {
      const report = await runInPage({
        suites,
        samples,
        signal: this.stopping.signal,
        onProgress: (label) => (this.underWay = `Timing ${label}`),
      });
      this.report = report;
      return report;
    } finally {
      this.underWay = null;
    }
  }

  /** The report as text; empty without one. */
  get text(): string {
    return this.report === null ? '' : formatReport(this.report).trimEnd();
  }

  protected override render(): unknown {
    return html`<main>
      <h1>ganvas benchmark</h1>
      <p class="muted">
        Handwritten WebGPU kernels and whole generators, timed on this machine. Nothing is sent anywhere. Results are
        checked before they are timed; times are medians after a warm-up.
      </p>
      ${this.renderForm()}
      <div aria-live="polite">
        ${this.underWay === null ? nothing : html`<p>${this.underWay} …</p>`}
        ${this.problem === null ? nothing : html`<p class="alert" role="alert">${this.problem}</p>`}
        ${this.notice === '' ? nothing : html`<p>${this.notice}</p>`}
      </div>
      ${this.report === null ? nothing : html`${this.renderActions()} ${this.renderComparison()} ${reportView(this.report)}`}
    </main>`;
  }

  private renderForm(): unknown {
    const isRunning = this.underWay !== null;
    return html`<form @submit=${this.start}>
      <fieldset ?disabled=${isRunning}>
        <legend>What to time</legend>
        ${choices.map(
          ({ suite, name, hint }) =>
            html`<label>
              <input
                type="checkbox"
                name=${suite}
                .checked=${this.chosen.has(suite)}
                @change=${() => this.toggle(suite)}
              />
              <span>${name}</span><span class="hint">${hint}</span>
            </label>`,
        )}
      </fieldset>
      <div class="row">
        <label
          ><span>Samples</span
          ><input
            type="number"
            min="1"
            max="1000"
            .value=${String(this.samples)}
            ?disabled=${isRunning}
            @change=${this.setSamples}
        /></label>
        ${
          isRunning
            ? html`<button type="button" @click=${() => this.stopping.abort()}>Stop</button>`
            : html`<button class="primary" ?disabled=${this.chosen.size === 0}>Run</button>`
        }
        <button type="button" ?disabled=${isRunning} @click=${this.chooseEarlier}>Open an earlier run…</button>
      </div>
    </form>`;
  }

  private renderActions(): unknown {
    return html`<div class="row">
      <button @click=${() => void this.copy('text')}>Copy as text</button>
      <button @click=${() => void this.copy('json')}>Copy JSON</button>
      <button @click=${this.save}>Save JSON</button>
    </div>`;
  }

  private renderComparison(): unknown {
    if (this.report === null || this.earlier === null) return nothing;
    const rows = this.compared(this.earlier, this.report);
    return typeof rows === 'string' ? html`<p class="alert" role="alert">${rows}</p>` : comparisonView(rows);
  }

  /** Rows, or why there are none. */
  private compared(earlier: BenchReport, report: BenchReport): readonly Comparison[] | string {
    try {
      return compareReports(earlier, report);
    } catch (error) {
      return wordsOf(error);
    }
  }

  private readonly start = (event: Event): void => {
    event.preventDefault();
    const suites = choices.map(({ suite }) => suite).filter((suite) => this.chosen.has(suite));
    this.run(suites, this.samples).catch((error: unknown) => (this.problem = wordsOf(error)));
  };

  private toggle(suite: Suite): void {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(suite)) chosen.add(suite);
    this.chosen = chosen;
  }

  private readonly setSamples = ({ target }: Event): void => {
    const value = Math.round(Number((target as HTMLInputElement).value));
    this.samples = Math.min(1000, Math.max(1, Number.isFinite(value) ? value : 30));
    this.requestUpdate();
  };

  private readonly chooseEarlier = (): void => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.json,application/json';
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      if (file !== undefined) void this.openEarlier(file);
    });
    input.click();
  };

  /** Shows it by itself until something is run. */
  async openEarlier(file: File): Promise<void> {
    try {
      const earlier = parseReport(await file.text(), file.name);
      this.earlier = earlier;
      this.report ??= earlier;
      [this.problem, this.notice] = [null, `${file.name} is the run to compare with.`];
    } catch (error) {
      this.problem = wordsOf(error);
    }
  }

  private async copy(form: 'text' | 'json'): Promise<void> {
    if (this.report === null) return;
    await navigator.clipboard.writeText(form === 'text' ? this.text : asJson(this.report)).then(
      () => (this.notice = 'Copied.'),
      () => (this.problem = 'The browser did not let the page write to the clipboard. Save the JSON instead.'),
    );
  }

  private readonly save = (): void => {
    if (this.report === null) return;
    const address = URL.createObjectURL(new Blob([asJson(this.report)], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `ganvas-bench-${this.report.date.slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
}

const asJson = (report: BenchReport): string => `${JSON.stringify(report, null, 2)}\n`;

function wordsOf(error: unknown): string {
  if (error instanceof GanvasError) return error.message;
  return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}
