import type { EditorView } from './view.js';

/** What the tools need of the session that they belong to. */
export interface ToolHost {
  readonly view: () => EditorView;
  readonly update: (part: Partial<EditorView>) => void;
  readonly report: (title: string, thrown: unknown) => void;
  readonly said: (sentence: string) => void;
  /** Hands bytes out as a file. */
  readonly file: (name: string, type: string, bytes: Uint8Array<ArrayBuffer>) => void;
  /** Runs what changes the recipe, after all that was asked for before. */
  readonly change: (run: () => Promise<void>) => Promise<void>;
  /** Asks for the state: what has just changed may not have been told yet. */
  readonly refresh: () => Promise<void>;
}

/** Runs and says what went wrong; false when something did. */
export async function attempt(host: ToolHost, title: string, run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (thrown) {
    host.report(title, thrown);
    return false;
  }
}
