/** onnxruntime's and tfjs's WebGPU in a page that serves the checkout, `bench/peers/node_modules` among it. */
import { peersMissing, type Ort, type Runtimes, type Tfjs } from './runtimes.js';

/** @throws GanvasError `peers-missing` */
export async function webRuntimes(): Promise<Runtimes> {
  try {
    const folder = new URL('./peers/', document.baseURI);
    const listed = await fetch(new URL('package.json', folder));
    const { dependencies } = (await listed.json()) as { readonly dependencies: Readonly<Record<string, string>> };
    const ort = await loadOrt(new URL('node_modules/onnxruntime-web/dist/', folder));
    const tf = await loadTfjs(new URL('node_modules/@tensorflow/', folder));
    const versions = Object.fromEntries(Object.entries(dependencies).filter(([name]) => name !== 'onnxruntime-node'));
    return { ort, tf, versions, cpuMilliseconds: () => null };
  } catch (cause) {
    throw peersMissing(cause);
  }
}

interface OrtWeb extends Ort {
  readonly env: { readonly wasm: { wasmPaths?: string; numThreads?: number }; logLevel?: string };
}

async function loadOrt(folder: URL): Promise<Ort> {
  const ort = (await import(/* @vite-ignore */ new URL('ort.webgpu.bundle.min.mjs', folder).href)) as OrtWeb;
  ort.env.wasm.wasmPaths = folder.href;
  ort.env.wasm.numThreads = 1;
  return ort;
}

/** The bundles for script elements: the modules name packages that a page cannot find. */
async function loadTfjs(folder: URL): Promise<Tfjs> {
  for (const file of [
    'tfjs-core/dist/tf-core.min.js',
    'tfjs-backend-cpu/dist/tf-backend-cpu.min.js',
    'tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js',
  ])
    await loadScript(new URL(file, folder));
  const { tf } = globalThis as unknown as { readonly tf: Tfjs };
  await tf.setBackend('webgpu');
  await tf.ready();
  return tf;
}

function loadScript(address: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = address.href;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${address.pathname} did not load`));
    document.head.append(script);
  });
}
