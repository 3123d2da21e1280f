import { expect, test } from 'vitest';
import { checkLatentSpace } from '../../src/latent/latentSpaces.js';

test('a space that a model has not is refused, and the reason given', () => {
  expect(() => checkLatentSpace('w+', ['z', 'w', 'w+'])).not.toThrow();
  expect(() => checkLatentSpace('w', ['z'])).toThrow(
    expect.objectContaining({
      code: 'latent-space-missing',
      message: 'This model has no space w: it has no mapping network, so z is the only one. Choose z.',
    }),
  );
  expect(() => checkLatentSpace('w+', ['z', 'w'])).toThrow('This model has no space w+. Choose one of z, w.');
});
