import { expect, test } from 'vitest';
import { overLostDevices } from '../../src/cli/overLostDevices.js';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { Inversion } from '../../src/inversion/inversion.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { ownPictures, tinyGenerator } from '../inversion/tinyGenerator.js';
import { createTestEngine } from '../ops/evaluate.js';
import { instrumentedGpu } from '../workbench/instrumentedGpu.js';

/** Runs an inversion of 40 steps on devices that are lost at `lostAt`, one after another; then on a good one. */
async function invertOverLosses(lostAt: readonly number[]): Promise<{ inversion: Inversion; devices: number }> {
  const engine = await createTestEngine();
  const request = await ownPictures(engine, await tinyGenerator(), 1, { steps: 40, space: 'w' });
  let devices = 0;
  const inversion = await overLostDevices<Inversion>(
    async (work) => {
      devices++;
      return work(lostAt[devices - 1] === undefined ? engine : lossy.engine);
    },
    async (used, progress) => {
      const { state } = progress;
      const run = await (state === null ? Inversion.start(used, request) : Inversion.resume(used, request, state));
      await run.run({
        onReport: ({ step }) => {
          progress.state = run.state;
          if (step === lostAt[devices - 1]) lossy.lose();
        },
      });
      return run;
    },
  );
  return { inversion, devices };
}

let lossy: { engine: Engine; lose: () => void };

async function prepareLossyDevice(): Promise<void> {
  const counted = instrumentedGpu();
  lossy = {
    engine: new Engine(await requestGpu(counted.gpu), opLibrary),
    lose: () => counted.loseDevice('driver crash'),
  };
}

test('a run goes on from its last reading on a new device, to the same end', async () => {
  await prepareLossyDevice();
  const whole = await invertOverLosses([]);
  const interrupted = await invertOverLosses([20]);
  expect([whole.devices, interrupted.devices]).toEqual([1, 2]);
  expect(interrupted.inversion.state.best).toEqual(whole.inversion.state.best);
});

test('a device that is lost before anything was gained is not tried again', async () => {
  await prepareLossyDevice();
  await expect(invertOverLosses([0, 0])).rejects.toMatchObject({ code: 'device-lost' });
});
