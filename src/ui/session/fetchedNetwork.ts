import { fetchModel } from '../fetchModel.js';

/** A small network that comes from an address when it is first needed, once; a failure may be tried again. */
export class FetchedNetwork {
  /** Empty for none. */
  url = '';
  private fetched: { readonly url: string; readonly done: Promise<void> } | null = null;

  /** @param take hands the network over; what it throws is thrown by `ready` */
  constructor(
    private readonly take: (network: Blob) => Promise<void>,
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves once the network has been handed over; at once when there is none. */
  async ready(): Promise<void> {
    const { url } = this;
    if (url === '') return;
    if (this.fetched?.url !== url) this.fetched = { url, done: this.fetch(url) };
    try {
      await this.fetched.done;
    } catch (thrown) {
      this.fetched = null;
      throw thrown;
    }
  }

  private async fetch(url: string): Promise<void> {
    await this.take(await fetchModel(url, () => undefined, this.signal));
  }
}
