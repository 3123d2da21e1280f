import type { WorkbenchApi } from '../../workbench/api.js';
import type { MeasureRequest } from '../../workbench/measureApi.js';
import type { FetchedNetwork } from './fetchedNetwork.js';
import { attempt, type ToolHost } from './toolHost.js';

/** The page's side of comparing methods on the open model. */
export class MeasuresSession {
  /** @param predictor whose attributes methods are compared by */
  constructor(
    private readonly api: WorkbenchApi,
    private readonly host: ToolHost,
    private readonly predictor: FetchedNetwork,
  ) {}

  async start(request: MeasureRequest): Promise<void> {
    await attempt(this.host, 'Measuring did not start', async () => {
      await this.predictor.ready();
      await this.api.measures.startMeasuring(request);
    });
  }

  async cancel(): Promise<void> {
    await attempt(this.host, 'Measuring was not cancelled', () => this.api.measures.cancelMeasuring());
  }

  /** Hands a table out as a file. */
  save(name: string, type: string, text: string): void {
    this.host.file(name, type, new TextEncoder().encode(text));
  }
}
