/** A snapshot of the size that people have: StyleGAN2 config f at 1024², its three networks, as NVIDIA's code stores it. */
import * as p from './pickleWriter.js';

const wDim = 512;
const channelsAt = (size: number): number => Math.min(512, 32768 / size);
const lastSize = 1024;

/** Every number is another one and small, so that nothing compresses and every check passes. */
function weights(shape: readonly number[]): p.Pickled {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return (w) => {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 1000) / 1e5 - 0.005;
    p.tensor(values, shape, strides)(w);
  };
}

const parameter = (...shape: number[]): p.Pickled => p.parameter(weights(shape));

const fullyConnected = (inputs: number, outputs: number): p.Pickled =>
  p.persistentModule('FullyConnectedLayer', {
    parameters: { weight: parameter(outputs, inputs), bias: parameter(outputs) },
    attributes: { activation: p.text('lrelu') },
  });

function synthesisLayer(inputs: number, outputs: number, size: number, kernel: number): p.Pickled {
  const hasNoise = kernel === 3;
  return p.persistentModule(hasNoise ? 'SynthesisLayer' : 'ToRGBLayer', {
    parameters: {
      weight: parameter(outputs, inputs, kernel, kernel),
      bias: parameter(outputs),
      ...(hasNoise ? { noise_strength: parameter() } : {}),
    },
    buffers: hasNoise ? { resample_filter: weights([4, 4]), noise_const: weights([size, size]) } : {},
    modules: { affine: fullyConnected(wDim, inputs) },
    attributes: { conv_clamp: p.int(256) },
  });
}

function synthesisBlock(size: number): p.Pickled {
  const outputs = channelsAt(size);
  const inputs = channelsAt(size / 2);
  const isFirst = size === 4;
  return p.persistentModule('SynthesisBlock', {
    parameters: isFirst ? { const: parameter(outputs, 4, 4) } : {},
    buffers: { resample_filter: weights([4, 4]) },
    modules: {
      ...(isFirst ? {} : { conv0: synthesisLayer(inputs, outputs, size, 3) }),
      conv1: synthesisLayer(outputs, outputs, size, 3),
      torgb: synthesisLayer(outputs, 3, size, 1),
    },
    attributes: { architecture: p.text('skip') },
  });
}

const sizes = (): readonly number[] => Array.from({ length: Math.log2(lastSize) - 1 }, (_, index) => 4 * 2 ** index);

function generator(): p.Pickled {
  const layers = Array.from({ length: 8 }, (_, index) => [`fc${index}`, fullyConnected(512, wDim)] as const);
  const blocks = sizes().map((size) => [`b${size}`, synthesisBlock(size)] as const);
  return p.persistentModule('Generator', {
    modules: {
      synthesis: p.persistentModule('SynthesisNetwork', { modules: Object.fromEntries(blocks) }),
      mapping: p.persistentModule('MappingNetwork', {
        buffers: { w_avg: weights([wDim]) },
        modules: Object.fromEntries(layers),
      }),
    },
    initKwargs: { z_dim: p.int(512), w_dim: p.int(wDim), img_resolution: p.int(lastSize) },
  });
}

/** The discriminator by its weight alone: nothing reads it. */
function discriminator(): p.Pickled {
  const blocks = sizes().slice(1);
  const convolution = (outputs: number, inputs: number, kernel: number): p.Pickled =>
    p.persistentModule('Conv2dLayer', { parameters: { weight: parameter(outputs, inputs, kernel, kernel) } });
  return p.persistentModule('Discriminator', {
    modules: {
      ...Object.fromEntries(
        blocks.map((size) => {
          const [inputs, outputs] = [channelsAt(size), channelsAt(size / 2)];
          const modules = {
            conv0: convolution(inputs, inputs, 3),
            conv1: convolution(outputs, inputs, 3),
            skip: convolution(outputs, inputs, 1),
          };
          return [`b${size}`, p.persistentModule('DiscriminatorBlock', { modules })];
        }),
      ),
      b4: p.persistentModule('DiscriminatorEpilogue', {
        modules: { conv: convolution(512, 513, 3), fc: fullyConnected(8192, 512), out: fullyConnected(512, 1) },
      }),
    },
  });
}

/** About 370 MB, in pieces. Protocol 3, as NVIDIA's releases are. */
export function bigSnapshot(): readonly Uint8Array[] {
  const writer = new p.PickleWriter(3);
  p.dict({ G: generator(), D: discriminator(), G_ema: generator(), augment_pipe: p.none })(writer);
  return writer.parts();
}
