import type { ProgressReport } from '../../workbench/api.js';
import type { Received } from '../fetchModel.js';
import { formatBytes, formatTimeLeft } from '../format.js';

/** Milliseconds between two reports: pieces come far more often than anyone can read. */
const interval = 100;
/** Before this many milliseconds the speed is a guess. */
const settling = 1500;

/** Shows the bytes of a download, or of a file being read, now and then; the latest always comes to be shown, also when no more follow. */
export class ByteProgress {
  private readonly start = performance.now();
  private latest: Received | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly label: string,
    private readonly show: (report: ProgressReport) => void,
  ) {}

  received(received: Received): void {
    this.latest = received;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      if (this.latest !== null) this.show(this.describe(this.latest));
    }, interval);
  }

  /** Nothing is shown any more. */
  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.latest = null;
  }

  private describe({ bytes, total }: Received): ProgressReport {
    if (total === null) return { label: this.label, fraction: null, detail: formatBytes(bytes) };
    const elapsed = performance.now() - this.start;
    const left = ((total - bytes) / Math.max(1, bytes)) * (elapsed / 1000);
    const time = elapsed < settling || bytes >= total ? '' : ` · ${formatTimeLeft(left)}`;
    return {
      label: this.label,
      fraction: Math.min(1, bytes / total),
      detail: `${formatBytes(bytes)} of ${formatBytes(total)}${time}`,
    };
  }
}
