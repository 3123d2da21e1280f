import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { chooseGenerator } from '../../src/checkpoints/generatorChoice.js';
import { readNvidiaPickle } from '../../src/checkpoints/nvidiaPickle.js';
import { readPickle } from '../../src/checkpoints/pickle/machine.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { expectError, expectTypedOutcome } from './expectError.js';
import * as p from './pickleWriter.js';

function readAll({ networks }: Checkpoint): void {
  for (const { tensors } of networks) for (const tensor of tensors.values()) readTensor(tensor);
}

const readSnapshot = (bytes: Uint8Array): Checkpoint => readNvidiaPickle(readPickle(bytes));

describe('readNvidiaPickle', () => {
  it.each([2, 3, 4, 5])('reads networks, tensors and settings of protocol %i', (protocol) => {
    const checkpoint = readSnapshot(p.tinySnapshot(protocol));
    expect(checkpoint.format).toBe('nvidia-pickle');
    expect(checkpoint.inertGlobals).toEqual([]);
    expect(checkpoint.networks.map(({ name }) => name)).toEqual(['G', 'G_ema']);
    const generator = chooseGenerator(checkpoint);
    expect(generator.name).toBe('G_ema');
    expect(generator.className).toBe('Generator');
    expect(generator.initKwargs).toEqual({ z_dim: 3, synthesis_kwargs: { architecture: 'skip', beta: 0.25 } });
    expect(Object.fromEntries(generator.attributes)).toEqual({
      training: false,
      z_dim: 3,
      'fc0.training': false,
      'fc0.activation': 'lrelu',
      'fc0.weight_gain': 0.1,
      'fc0.conv_clamp': null,
    });
    expect([...generator.tensors.keys()]).toEqual(['fc0.weight', 'fc0.bias']);
    const weight = generator.tensors.get('fc0.weight');
    expect(weight?.shape).toEqual([2, 3]);
    expect(weight?.strides).toEqual([1, 2]);
    expect(weight && [...readTensor(weight)]).toEqual([1, 3, 5, 2, 4, 6]);
    const bias = generator.tensors.get('fc0.bias');
    expect(bias?.strides).toBeNull();
    expect(bias && [...readTensor(bias)]).toEqual([2, -2]);
  });

  it('keeps tensors as views of the file from protocol 3 on', () => {
    const file = p.tinySnapshot(3);
    const tensor = chooseGenerator(readSnapshot(file)).tensors.get('fc0.bias');
    expect(tensor?.bytes.buffer).toBe(file.buffer);
    expect(tensor?.bytes.length).toBe(8);
  });

  it('touches no storage of the networks that are not asked for', () => {
    const file = p.tinySnapshot();
    const end = new TextDecoder('latin1').decode(file).indexOf('G_ema');
    const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46];
    let damaged = 0;
    for (let i = 0; i < end; i++) {
      if (!magic.every((byte, k) => file[i + k] === byte)) continue;
      file[i + 2] = 0;
      damaged++;
    }
    expect(damaged).toBe(2);
    const checkpoint = readSnapshot(file);
    for (const tensor of chooseGenerator(checkpoint).tensors.values()) readTensor(tensor);
    const other = chooseGenerator(checkpoint, 'G').tensors.get('fc0.bias');
    expect(other?.shape).toEqual([2]);
    expectError('torch-bad-stream', () => other && readTensor(other));
  });

  it('reads a bare network and ordinary torch modules', () => {
    expect(readSnapshot(p.writePickle(p.tinyGenerator(1))).networks.map(({ name }) => name)).toEqual(['']);
    const linear = p.build(
      p.call('torch.nn.modules.linear', 'Linear'),
      p.dict({
        _parameters: p.orderedDict({ weight: p.tensor([1], [1], [1]) }),
        _buffers: p.orderedDict({}),
        _modules: p.orderedDict({}),
        in_features: p.int(1),
      }),
    );
    const { networks, inertGlobals } = readSnapshot(p.writePickle(p.dict({ G_ema: linear })));
    expect(networks[0]?.className).toBe('Linear');
    expect([...(networks[0]?.tensors.keys() ?? [])]).toEqual(['weight']);
    expect(inertGlobals).toEqual(['torch.nn.modules.linear.Linear']);
  });

  it('keeps positional constructor arguments', () => {
    const network = p.persistentModule('Generator', { initArgs: [p.int(3), p.text('a')] });
    expect(readSnapshot(p.writePickle(network)).networks[0]?.initKwargs).toEqual({ _init_args: [3, 'a'] });
  });

  it('opens a network that comes with foreign globals, and reports them', () => {
    const file = p.writePickle(p.dict({ G_ema: p.tinyGenerator(1), evil: p.call('os', 'system', p.text('true')) }));
    expect(readSnapshot(file).inertGlobals).toEqual(['os.system']);
  });

  it('says what it found where there is no generator', () => {
    const file = p.writePickle(
      p.dict({
        weights: p.list(p.tensor([1], [1], [1]), p.tensor([1], [1], [1])),
        run: p.call('posix', 'system', p.text('x')),
      }),
    );
    const error = expectError('checkpoint-no-generator', () => readSnapshot(file));
    expect(error.message).toBe(
      'This file asks to run `os.system`. ganvas never runs code from a file; 2 tensors were read, no generator was found in them.',
    );
  });

  it('refuses modules that contain themselves or share without end', () => {
    // state._modules is made, memoised as 0, and set to hold the module that holds it.
    const cyclic: p.Pickled = (w) => {
      p.call('m', 'M')(w);
      w.op(0x94);
      p.dict({
        _parameters: p.dict({}),
        _modules: p.dict({ self: (inner) => inner.op(0x68).raw([0]) }),
      })(w);
      w.op(0x62);
    };
    expectError('checkpoint-too-complex', () => readSnapshot(p.writePickle(p.dict({ G_ema: cyclic }))));
  });

  it('refuses tensors that reach beyond their storage', () => {
    const network = p.persistentModule('G', { parameters: { weight: p.tensor([1, 2], [2, 2], [2, 1]) } });
    const tensor = readSnapshot(p.writePickle(network)).networks[0]?.tensors.get('weight');
    expectError('torch-truncated', () => tensor && readTensor(tensor));
  });

  it('fails with a typed error or reads, whatever is cut off or flipped', () => {
    for (const protocol of [2, 4]) {
      const valid = p.tinySnapshot(protocol);
      fc.assert(
        fc.property(fc.nat(valid.length - 1), (length) => {
          expectError('pickle-truncated', () => readSnapshot(valid.subarray(0, length)));
        }),
      );
      const flip = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
      fc.assert(
        fc.property(fc.array(flip, { minLength: 1, maxLength: 6 }), (flips) => {
          const damaged = valid.slice();
          for (const [at, value] of flips) damaged[at] = value;
          expectTypedOutcome(() => {
            readAll(readSnapshot(damaged));
          });
        }),
        { numRuns: 2000 },
      );
    }
  });
});
