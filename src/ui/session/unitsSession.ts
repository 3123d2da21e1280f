import type { WorkbenchApi } from '../../workbench/api.js';
import type { CausalRequest, DissectionRequest, UnitChoice } from '../../workbench/dissectionApi.js';
import type { Pixels } from '../../workbench/pixels.js';
import { FetchedNetwork } from './fetchedNetwork.js';
import { attempt, type ToolHost } from './toolHost.js';
import type { Brush, UnitsView } from './unitsView.js';

/** The page's side of looking at units and painting with them. */
export class UnitsSession {
  /** The segmenter of the model's parts, where the page knows one. */
  readonly segmenter: FetchedNetwork;
  private modelHash = '';

  constructor(
    private readonly api: WorkbenchApi,
    private readonly host: ToolHost,
    signal: AbortSignal,
  ) {
    this.segmenter = new FetchedNetwork((network) => this.takeSegmenter(network, null), signal);
  }

  /** Looks which layers the open model has, and fetches its segmenter. */
  async prepare(): Promise<void> {
    const hash = this.host.view().state.model?.hash ?? '';
    if (hash === '' || hash === this.modelHash) return;
    this.modelHash = hash;
    const seen = await attempt(this.host, 'The layers could not be listed', async () =>
      this.update({ layers: await this.api.dissection.featureLayers(), brush: null, region: null }),
    );
    if (!seen) this.modelHash = '';
    await attempt(this.host, 'The segmenter did not arrive', () => this.segmenter.ready());
  }

  /** Offers a segmenter of the user's own. */
  async openSegmenter(network: File, description: File | null): Promise<void> {
    await attempt(this.host, `Could not use ${network.name} as a segmenter`, async () =>
      this.takeSegmenter(network, description === null ? null : await description.text()),
    );
  }

  async dissect(request: DissectionRequest): Promise<void> {
    await attempt(this.host, 'The dissection did not start', () => this.api.dissection.startDissection(request));
  }

  async cancelDissection(): Promise<void> {
    await attempt(this.host, 'The dissection was not cancelled', () => this.api.dissection.cancelDissection());
  }

  async searchCauses(request: CausalRequest): Promise<void> {
    await attempt(this.host, 'The search did not start', () => this.api.dissection.startCausalSearch(request));
  }

  async cancelSearch(): Promise<void> {
    await attempt(this.host, 'The search was not cancelled', () => this.api.dissection.cancelCausalSearch());
  }

  /** Heat maps of the present picture; none when they cannot be had, which has been said. */
  async maps(choice: UnitChoice): Promise<readonly Pixels[]> {
    try {
      return await this.api.dissection.unitMaps(choice);
    } catch (thrown) {
      this.host.report('The maps could not be drawn', thrown);
      return [];
    }
  }

  /** What zeroing units does to the area of each part; null when it could not be measured, which has been said. */
  async ablation(
    choice: UnitChoice,
    samples: number,
  ): Promise<readonly { readonly concept: string; readonly areaChange: number }[] | null> {
    try {
      return await this.api.dissection.measureAblation(choice, samples);
    } catch (thrown) {
      this.host.report('The effect was not measured', thrown);
      return null;
    }
  }

  /** Sets units to zero everywhere: one more row of changed units. */
  async turnOff({ layer, units }: UnitChoice, name: string): Promise<void> {
    const edit = { name, layer, units, values: units.map(() => 0), strength: 1, mask: null, muted: false };
    await this.host.change(() => this.api.change({ kind: 'add-units', edit }, 'commit'));
    this.host.said(`${name}.`);
  }

  take(brush: Brush | null): void {
    this.update({ brush, ...(brush?.mode === 'region' ? {} : { region: null }) });
  }

  /** @param mask coverage, one byte a pixel, `size` × `size` over the whole picture */
  async stroke(mask: Uint8Array<ArrayBuffer>, size: number): Promise<void> {
    const { brush } = this.host.view().units;
    if (brush === null) return;
    if (brush.mode === 'region') {
      await attempt(this.host, 'The region could not be looked up', async () => {
        const region = await this.api.dissection.unitsOfRegion(brush.layer, mask, size);
        this.update({ region });
        this.host.said(`${region.length} units of ${brush.layer} are ranked by the region.`);
      });
      return;
    }
    const { concept, layer, mode, units } = brush;
    await attempt(this.host, 'The stroke was not painted', () =>
      this.host.change(() => this.api.dissection.paint({ concept, layer, mode, units, mask, size })),
    );
  }

  private async takeSegmenter(network: Blob, description: string | null): Promise<void> {
    const parts = await this.api.dissection.openSegmenter(network, description);
    this.update({ parts });
    this.host.said(`${parts.length} parts can be told.`);
  }

  private update(part: Partial<UnitsView>): void {
    this.host.update({ units: { ...this.host.view().units, ...part } });
  }
}
