/** onnxruntime's and tfjs's WebGPU in Node. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { peersMissing, type Ort, type Runtimes, type Tfjs } from './runtimes.js';

/** Of the checkout: `dist/cli` and `bench/peers` lie in it. */
const installed = new URL('../../bench/peers/package.json', import.meta.url);

/**
 * @param gpu where tfjs finds its adapter
 * @throws GanvasError `peers-missing`
 */
export async function nodeRuntimes(gpu: GPU, folder = installed): Promise<Runtimes> {
  try {
    const require = createRequire(folder);
    const load = async (name: string): Promise<unknown> => import(pathToFileURL(require.resolve(name)).href);
    lendGpu(gpu);
    const ort = (await load('onnxruntime-node')) as { readonly default: Ort };
    const tf = (await load('@tensorflow/tfjs-core')) as Tfjs;
    await load('@tensorflow/tfjs-backend-webgpu');
    await tf.setBackend('webgpu');
    await tf.ready();
    const { dependencies } = require('./package.json') as { readonly dependencies: Readonly<Record<string, string>> };
    return { ort: ort.default, tf, versions: versionsOf(dependencies), cpuMilliseconds };
  } catch (cause) {
    throw peersMissing(cause);
  }
}

/** tfjs looks for WebGPU where a browser has it; Node has a navigator from version 21 on. */
function lendGpu(gpu: GPU): void {
  if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}

/** Of what was loaded here. */
function versionsOf(dependencies: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(dependencies).filter(([name]) => name !== 'onnxruntime-web'));
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
