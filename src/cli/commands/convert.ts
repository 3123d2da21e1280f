import { encodeHalves } from '../../checkpoints/halfFloat.js';
import { writeSafetensors, type TensorToWrite } from '../../checkpoints/safetensors.js';
import { readTensor } from '../../checkpoints/storedTensor.js';
import type { StoredTensor } from '../../checkpoints/checkpoint.js';
import { GanvasError } from '../../engine/errors.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError } from '../arguments.js';
import type { Command } from '../command.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { readModel } from '../model.js';

const LARGEST_HALF = 65504;

/** `ganvas convert` */
export const convert: Command = {
  name: 'convert',
  summary: 'Write the generator of a checkpoint as .safetensors.',
  operands: ['CHECKPOINT', 'OUT.safetensors'],
  usage: '[--dtype f32|f16] [--network NAME] [--arch layers.json]',
  options: {
    dtype: { value: 'f32|f16', help: 'Type of the stored numbers (default f32, which loses nothing).' },
    ...CHECKPOINT_OPTIONS,
  },
  notes: [
    'Tensors get the names that the family’s models read, NVIDIA’s for StyleGAN2. What they do not determine, such as the clamp, goes into the metadata, so that the ' +
      'converted file makes the same pictures. An f16 file is half as large and, being rounded, another model to recipes.',
  ],
  examples: ['ganvas convert network-snapshot.pkl faces.safetensors'],
  usesGpu: false,

  async run(args, terminal) {
    const dtype = args.choice('dtype', ['f32', 'f16']) ?? 'f32';
    const out = args.operand(1);
    if (!out.toLowerCase().endsWith('.safetensors')) {
      throw usageError(`The output is ${JSON.stringify(out)}. Expected a name that ends with .safetensors.`);
    }
    await checkOutputFile(out);
    const { tensors, metadata } = (await readModel(args, terminal)).opened;
    const written = new Map<string, TensorToWrite>();
    for (const [name, tensor] of tensors) written.set(name, tensorToWrite(name, tensor, dtype));
    await writeOutput(out, writeSafetensors(written, metadata));
  },
};

function tensorToWrite(name: string, tensor: StoredTensor, dtype: 'f32' | 'f16'): TensorToWrite {
  const values = readTensor(tensor);
  if (dtype === 'f32') return { dtype: 'F32', shape: tensor.shape, data: values };
  const large = values.find((value) => Math.abs(value) > LARGEST_HALF);
  if (large !== undefined) {
    throw new GanvasError(
      'convert-out-of-range',
      `The tensor \`${name}\` holds ${large}, beyond the ${LARGEST_HALF} that f16 can store. Use --dtype f32.`,
      { key: name },
    );
  }
  return { dtype: 'F16', shape: tensor.shape, data: encodeHalves(values) };
}
