import * as Comlink from 'comlink';
import type {
  ModelSource,
  Pixels,
  RecipeChange,
  SerializedError,
  WorkbenchApi,
  WorkbenchEvent,
  TuningMode,
} from '../workbench/api.js';
import type { Crop, InversionChoices } from '../workbench/inversionApi.js';
import { requireWebGpu } from './webgpuSupport.js';
import type { Recipe } from '../latent/recipe.js';

/** A workbench somewhere else, and how to let go of it. */
export interface WorkbenchConnection {
  readonly api: WorkbenchApi;
  close(): void;
}

/**
 * Makes a connection; `onFailure` is called if the other side cannot start or dies.
 * Throws a `GanvasError` when there is no use in starting, as `gpu-no-webgpu`.
 */
export type ConnectWorkbench = (onFailure: (error: SerializedError) => void) => WorkbenchConnection;

/** The workbench in a Worker, once the page is known to have WebGPU. Listeners become comlink proxies and the canvas is transferred, not copied. */
export const connectWorker: ConnectWorkbench = (onFailure) => {
  requireWebGpu(globalThis);
  const worker = new Worker(new URL('../workbench/worker.ts', import.meta.url), { type: 'module', name: 'ganvas' });
  worker.addEventListener('error', (event) => {
    onFailure({
      code: 'worker-failed',
      message: `The engine could not start in its worker${event.message ? `: ${event.message}` : ''}. Reload the page to try again.`,
      details: {},
    });
  });
  return { api: remoteWorkbench(Comlink.wrap<WorkbenchApi>(worker)), close: () => worker.terminate() };
};

function remoteWorkbench(remote: Comlink.Remote<WorkbenchApi>): WorkbenchApi {
  return {
    subscribe: (listener: (event: WorkbenchEvent) => void) => void remote.subscribe(Comlink.proxy(listener)),
    getState: () => remote.getState(),
    openModel: (source: ModelSource, recipe?: Recipe) =>
      recipe === undefined ? remote.openModel(source) : remote.openModel(source, recipe),
    setTuning: (mode: TuningMode) => remote.setTuning(mode),
    cancelOpening: () => remote.cancelOpening(),
    attachCanvas: (canvas: OffscreenCanvas) => remote.attachCanvas(Comlink.transfer(canvas, [canvas])),
    change: (change: RecipeChange, phase: 'preview' | 'commit') => remote.change(change, phase),
    openRecipe: (recipe: Recipe) => remote.openRecipe(recipe),
    undo: () => remote.undo(),
    redo: () => remote.redo(),
    showBefore: (before: boolean) => remote.showBefore(before),
    thumbnails: (seeds: readonly number[], onPicture: (seed: number, pixels: Pixels) => void) =>
      remote.thumbnails(seeds, Comlink.proxy(onPicture)),
    directionStrip: (directionId: string, strengths: readonly number[]) =>
      remote.directionStrip(directionId, strengths),
    pixels: () => remote.pixels(),
    savePng: () => remote.savePng(),
    openPicture: (picture: Blob, name: string) => remote.openPicture(picture, name),
    closePicture: () => remote.closePicture(),
    openFeatures: (network: Blob, heads: Blob | null) => remote.openFeatures(network, heads),
    openEncoder: (network: Blob) => remote.openEncoder(network),
    startInversion: (choices: InversionChoices, crop: Crop) => remote.startInversion(choices, crop),
    pauseInversion: () => remote.pauseInversion(),
    resumeInversion: () => remote.resumeInversion(),
    cancelInversion: () => remote.cancelInversion(),
    takeInversion: () => remote.takeInversion(),
    inversionTarget: () => remote.inversionTarget(),
    discovery: remoteDesk<WorkbenchApi['discovery']>(remote.discovery),
    dissection: remoteDesk<WorkbenchApi['dissection']>(remote.dissection),
    walks: remoteDesk<WorkbenchApi['walks']>(remote.walks),
    measures: remoteDesk<WorkbenchApi['measures']>(remote.measures),
    dispose: () => remote.dispose(),
  };
}

type RemoteMethod = (...args: unknown[]) => Promise<unknown>;

/** A desk of the workbench: its methods by name, and the listeners that they are given as proxies. */
function remoteDesk<T extends object>(remote: unknown): T {
  return new Proxy({} as T, {
    get:
      (_, name) =>
      (...args: unknown[]) => {
        const method = Reflect.get(remote as object, name) as RemoteMethod;
        return method(...args.map((arg) => (typeof arg === 'function' ? Comlink.proxy(arg) : arg)));
      },
  });
}

/** Any rejection of the workbench as the plain record the page shows. */
export function asSerializedError(thrown: unknown): SerializedError {
  if (typeof thrown === 'object' && thrown !== null) {
    const record = thrown as { code?: unknown; message?: unknown; details?: unknown };
    return {
      code: typeof record.code === 'string' ? record.code : 'unexpected',
      message: typeof record.message === 'string' ? record.message : 'Something unexpected happened.',
      details: isDetails(record.details) ? record.details : {},
    };
  }
  return { code: 'unexpected', message: String(thrown), details: {} };
}

function isDetails(value: unknown): value is Record<string, string | number> {
  return typeof value === 'object' && value !== null;
}
