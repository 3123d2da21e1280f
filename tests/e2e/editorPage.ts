import type { Browser, BrowserContext, ElementHandle, Page } from 'puppeteer';

declare global {
  interface Window {
    savedFiles: Blob[];
    copiedTexts: string[];
  }
}

/** Keeps what the page would download or copy, in the page. */
function keepSavedFiles(): void {
  window.savedFiles = [];
  window.copiedTexts = [];
  const original = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (source: Blob | MediaSource) => {
    if (source instanceof Blob && source.type !== 'text/javascript') window.savedFiles.push(source);
    return original(source);
  };
  Object.defineProperty(navigator, 'clipboard', {
    value: {
      writeText: (text: string) => {
        window.copiedTexts.push(text);
        return Promise.resolve();
      },
    },
  });
}

/** The real page with the real engine, by what a user sees of it. Selectors cross shadow roots with `>>>`. */
export class LivePage {
  /** Uncaught errors of the page; a healthy one has none. */
  readonly errors: string[] = [];
  /** Every address the page asked for. */
  readonly requests: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {
    page.on('pageerror', (error) => this.errors.push(error instanceof Error ? error.message : String(error)));
    page.on('request', (request) => this.requests.push(request.url()));
  }

  static async open(browser: Browser, url: string): Promise<LivePage> {
    const context = await browser.createBrowserContext();
    const live = new LivePage(await context.newPage(), context);
    await live.page.setViewport({ width: 1280, height: 860 });
    await live.page.evaluateOnNewDocument(keepSavedFiles);
    await live.page.goto(url);
    return live;
  }

  /** Until a model is open and its first directions are listed. */
  async ready(): Promise<void> {
    await this.find('ganvas-edit-stack >>> .suggestion, ganvas-edit-stack >>> ganvas-edit-row', 120_000);
  }

  async find(selector: string, timeout = 30_000): Promise<ElementHandle<HTMLElement>> {
    const until = Date.now() + timeout;
    while (Date.now() < until) {
      const found = await this.page.$(`ganvas-editor >>> ${selector}`);
      if (found !== null) return found as ElementHandle<HTMLElement>;
      await pause(50);
    }
    throw new Error(`nothing matches ${selector}`);
  }

  async text(selector: string): Promise<string> {
    return (await this.find(selector)).evaluate((element) => element.textContent.trim());
  }

  async press(name: string): Promise<void> {
    await (await this.find(`[aria-label="${name}"]`)).click();
  }

  /** RGBA of what the canvas on the stage shows, read from the screen's own copy. */
  async canvasPixels(): Promise<number[]> {
    const canvas = await this.find('ganvas-stage >>> canvas');
    return canvas.evaluate((element) => {
      const source = element as unknown as HTMLCanvasElement;
      const copy = document.createElement('canvas');
      copy.width = source.width;
      copy.height = source.height;
      const context = copy.getContext('2d');
      if (context === null) throw new Error('no 2d context');
      context.drawImage(source, 0, 0);
      return [...context.getImageData(0, 0, copy.width, copy.height).data];
    });
  }

  /** Pixels once `accepts` holds for them. */
  async pixelsWhen(accepts: (pixels: readonly number[]) => boolean, what: string): Promise<number[]> {
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      const pixels = await this.canvasPixels();
      if (accepts(pixels)) return pixels;
      await pause(100);
    }
    throw new Error(`the canvas never showed ${what}`);
  }

  /** The recipe of the picture as link text: the address's, or, before anything was changed, the one the page opens with. */
  hash(): Promise<string> {
    return this.page.evaluate(
      () => location.hash || (document.querySelector('ganvas-editor')?.getAttribute('recipe') ?? ''),
    );
  }

  /** The recipe's link text once `accepts` holds for it. */
  async hashWhen(accepts: (hash: string) => boolean): Promise<string> {
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      const hash = await this.hash();
      if (accepts(hash)) return hash;
      await pause(50);
    }
    throw new Error('the address never got the recipe');
  }

  /** The recipe's link text once it has stayed the same for a while: all keys pressed have taken effect. */
  async restingHash(): Promise<string> {
    let hash = await this.hash();
    for (let calm = 0; calm < 10; calm++) {
      await pause(150);
      const now = await this.hash();
      if (now !== hash) calm = 0;
      hash = now;
    }
    return hash;
  }

  /** What the page offered to save last. */
  async savedFile(): Promise<Uint8Array<ArrayBuffer>> {
    const until = Date.now() + 30_000;
    while (Date.now() < until) {
      const base64 = await this.page.evaluate(async () => {
        const blob = window.savedFiles.pop();
        if (blob === undefined) return null;
        return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
      });
      if (base64 !== null) return Uint8Array.from(Buffer.from(base64, 'base64'));
      await pause(50);
    }
    throw new Error('the page saved nothing');
  }

  /** Drops a file on the stage, as from the desktop. */
  drop(name: string, bytes: Uint8Array): Promise<void> {
    return this.dropAll({ [name]: bytes });
  }

  /** Drops several files at once. */
  async dropAll(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const encoded = Object.entries(files).map(([name, bytes]) => ({
      name,
      base64: Buffer.from(bytes).toString('base64'),
    }));
    const room = await this.find('ganvas-stage >>> .room');
    await room.evaluate((element, dropped) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of dropped) {
        const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([data], name));
      }
      for (const type of ['dragenter', 'dragover', 'drop']) {
        element.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    }, encoded);
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
