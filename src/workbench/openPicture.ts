import { checkCrop, targetPicture, type Crop } from '../inversion/targetPicture.js';
import type { PictureSummary } from './inversionApi.js';
import { checkPictureSize, type DecodedPicture, type DecodePicture } from './pictureDecoder.js';

/** Pixels a side of what the page shows to crop in. */
const previewSize = 512;
/** Larger crops are first made smaller by the decoder, so that no more than this is held as numbers. */
const largestCrop = 4096;

/** A picture of the user's and the squares that are cut out of it. */
export class OpenPicture {
  private constructor(
    readonly summary: PictureSummary,
    private readonly decoded: DecodedPicture,
  ) {}

  /** @throws GanvasError `picture-undecodable`, `picture-too-small`, `picture-too-large` */
  static async decode(picture: Blob, name: string, decode: DecodePicture): Promise<OpenPicture> {
    const decoded = await decode(picture, name);
    const { width, height } = decoded;
    try {
      checkPictureSize(name, width, height);
      const preview = decoded.read({ x: 0, y: 0, width, height }, previewSize);
      return new OpenPicture({ name, width, height, preview }, decoded);
    } catch (error) {
      decoded.close();
      throw error;
    }
  }

  /**
   * [imgChannels, resolution, resolution] in −1…1.
   * @throws GanvasError `crop-outside`, `picture-channels`
   */
  target(
    crop: Crop,
    options: { readonly resolution: number; readonly imgChannels: number },
  ): Float32Array<ArrayBuffer> {
    checkCrop(this.decoded, crop);
    const { width, height } = this.decoded;
    const [x, y] = [Math.floor(crop.x), Math.floor(crop.y)];
    const right = Math.min(width, Math.ceil(crop.x + crop.size));
    const bottom = Math.min(height, Math.ceil(crop.y + crop.size));
    const region = { x, y, width: right - x, height: bottom - y };
    const pixels = this.decoded.read(region, largestCrop);
    const scale = Math.min(pixels.width / region.width, pixels.height / region.height);
    const size = Math.min(crop.size * scale, pixels.width, pixels.height);
    const inside = (start: number, extent: number): number => Math.max(0, Math.min(start * scale, extent - size));
    return targetPicture(
      pixels,
      { x: inside(crop.x - x, pixels.width), y: inside(crop.y - y, pixels.height), size },
      options,
    );
  }

  close(): void {
    this.decoded.close();
  }
}
