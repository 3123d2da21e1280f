import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { expect } from 'vitest';
import { readNpy } from '../../src/checkpoints/npy.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { goldenDir } from '../models/goldenCase.js';

const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command line in a folder, as a script would: without a terminal. */
export function start(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, outcome };
}

/** Runs it to its end. */
export function ganvas(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return start(folder, args, environment).outcome;
}

/** Runs it, and fails unless it succeeds without a word on stderr. */
export async function succeed(folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ganvas(folder, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** Runs it, and fails unless it ends with `code`, one line on stderr and nothing on stdout; gives that line. */
export async function refuse(folder: string, args: readonly string[], code = 2): Promise<string> {
  const outcome = await ganvas(folder, args);
  expect(outcome).toEqual({ code, stdout: '', stderr: expect.stringMatching(/^ganvas: [^\n]+\.\n$/) });
  return outcome.stderr;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ganvas-cli-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A file of a golden generator; by default its checkpoint. */
export function goldenFile(name: string, file = 'network-snapshot-000000.pkl'): string {
  return join(goldenDir, 'generators', name, file);
}

export function readBytes(...path: readonly string[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(...path)));
}

export function readPng(...path: readonly string[]): ReturnType<typeof decode> {
  return decode(readBytes(...path), { checkCrc: true });
}

export function readArray(...path: readonly string[]): { shape: readonly number[]; values: Float32Array } {
  const tensor = readNpy(readBytes(...path));
  return { shape: tensor.shape, values: readTensor(tensor) };
}

/** 8-bit RGB of a picture [3, H, W], by the formula of NVIDIA's `generate.py`. */
export function toRgb(image: Float32Array): Uint8Array {
  const plane = image.length / 3;
  return Uint8Array.from({ length: image.length }, (_, index) => {
    const value = image[(index % 3) * plane + Math.floor(index / 3)] ?? NaN;
    return Math.trunc(Math.min(Math.max(Math.fround(Math.fround(value * 127.5) + 128), 0), 255));
  });
}
