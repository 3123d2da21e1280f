import '../../src/ui/define.js';
import { FakeWorkbench, type FakeOptions } from './fakeWorkbench.js';

declare global {
  interface Window {
    fake: FakeWorkbench;
    /** Names of the element's events, in order. */
    heard: string[];
  }
}

// Options come in the query, because the hash belongs to the recipe: ?options={"latency":40}
const query = new URLSearchParams(location.search);
const fake = new FakeWorkbench(JSON.parse(query.get('options') ?? '{}') as FakeOptions);
window.fake = fake;
window.heard = [];

const editor = document.createElement('ganvas-editor');
editor.src = query.get('src') ?? '/weights/face64/face64-g.safetensors';
editor.predictor = '/weights/face64/face64-predictor.safetensors';
editor.segmenter = '/weights/face64/face64-segmenter.safetensors';
editor.syncHash = true;
editor.connectWorkbench = () => ({ api: fake, close: () => undefined });
for (const name of ['ganvas-load', 'ganvas-change', 'ganvas-error', 'ganvas-device-lost'] as const) {
  editor.addEventListener(name, () => window.heard.push(name));
}
const poster = document.createElement('img');
poster.slot = 'poster';
poster.alt = 'A drawn face';
poster.src = '/icon.svg';
editor.append(poster);
document.querySelector('main')?.append(editor);
