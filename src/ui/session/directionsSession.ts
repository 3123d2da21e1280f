import type { WorkbenchApi } from '../../workbench/api.js';
import type { DiscoveryRequest, LabelFit, LabelledConcept, PictureLabel } from '../../workbench/discoveryApi.js';
import { FetchedNetwork } from './fetchedNetwork.js';
import { fileSafe } from './fileSafe.js';
import { attempt, type ToolHost } from './toolHost.js';

/** The page's side of finding, teaching, comparing and measuring directions. */
export class DirectionsSession {
  /** The model's attribute predictor, where the page knows one. */
  readonly predictor: FetchedNetwork;

  constructor(
    private readonly api: WorkbenchApi,
    private readonly host: ToolHost,
    signal: AbortSignal,
  ) {
    this.predictor = new FetchedNetwork((network) => this.takePredictor(network, null), signal);
  }

  /** Fetches the predictor that comes with the model; a model without one leaves `attributes` null. */
  async prepareAttributes(): Promise<void> {
    if (this.host.view().attributes !== null) return;
    await attempt(this.host, 'The predictor did not arrive', () => this.predictor.ready());
  }

  /** Offers a predictor of the user's own. */
  async openPredictor(network: File, description: File | null): Promise<void> {
    await attempt(this.host, `Could not use ${network.name} as a predictor`, async () =>
      this.takePredictor(network, description === null ? null : await description.text()),
    );
  }

  async find(request: DiscoveryRequest): Promise<void> {
    await attempt(this.host, 'The search did not start', async () => {
      await this.predictor.ready();
      await this.api.discovery.startDiscovery(request);
    });
  }

  async cancel(): Promise<void> {
    await attempt(this.host, 'The search was not cancelled', () => this.api.discovery.cancelDiscovery());
  }

  /** Of the samples of the last run: they are new once one is done. */
  async refreshAttributes(): Promise<void> {
    this.host.update({ attributes: await this.api.discovery.attributes() });
  }

  /** Null when it cannot be fitted; why has been said. */
  async fitLabels(concept: string, labels: readonly PictureLabel[]): Promise<LabelFit | null> {
    try {
      const fit = await this.api.discovery.fitLabels(concept, labels);
      await this.host.refresh();
      return fit;
    } catch (thrown) {
      this.host.report('No direction was fitted', thrown);
      return null;
    }
  }

  labels(): Promise<readonly LabelledConcept[]> {
    return this.api.discovery.labels();
  }

  cosines(ids: readonly string[]): Promise<readonly (readonly number[])[]> {
    return this.api.discovery.directionCosines(ids);
  }

  async measure(id: string): Promise<void> {
    await attempt(this.host, 'The direction was not measured', async () => {
      await this.predictor.ready();
      await this.api.discovery.startMeasuringDirection(id);
    });
  }

  async cancelMeasuring(): Promise<void> {
    await attempt(this.host, 'Measuring was not cancelled', () => this.api.discovery.cancelMeasuringDirection());
  }

  async rename(id: string, name: string): Promise<void> {
    await this.changeList('The direction was not renamed', () => this.api.discovery.renameDirection(id, name));
  }

  async star(id: string, starred: boolean): Promise<void> {
    await this.changeList('The star was not set', () => this.api.discovery.starDirection(id, starred));
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.changeList('The directions were not removed', () => this.api.discovery.removeDirections(ids));
  }

  /** One direction as InterFaceGAN saves a boundary. */
  async saveNpy(id: string, name: string): Promise<void> {
    await attempt(this.host, 'The direction was not exported', async () =>
      this.host.file(
        `${fileSafe(name)}.npy`,
        'application/octet-stream',
        await this.api.discovery.exportDirections([id], 'npy'),
      ),
    );
  }

  private async takePredictor(network: Blob, description: string | null): Promise<void> {
    const attributes = await this.api.discovery.openPredictor(network, description);
    this.host.update({ attributes });
    this.host.said(`${attributes.names.length} attributes can be told.`);
  }

  private async changeList(title: string, run: () => Promise<void>): Promise<void> {
    await attempt(this.host, title, async () => {
      await run();
      await this.host.refresh();
    });
  }
}
