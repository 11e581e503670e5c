const MAX_PIXELS = 1600;
// Above this a canvas of an iPhone stays blank.
const MAX_AREA = 16_000_000;

/** A size with the same proportions whose longer side is at most `longest` and whose area a phone can draw. */
function fitted(width: number, height: number, longest: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height), Math.sqrt(MAX_AREA / (width * height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The bytes of what a canvas shows. */
export function canvasBytes(canvas: HTMLCanvasElement, type: "image/jpeg" | "image/png"): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob.arrayBuffer()) : reject(new Error("no picture"))), type, 0.82);
  });
}

/** A photo as JPEG, its longer side at most `max_pixels`. Drawing it again also leaves out place and camera data. */
export async function shrinkPhoto(file: Blob, max_pixels = MAX_PIXELS): Promise<ArrayBuffer> {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  const size = fitted(bitmap.width, bitmap.height, max_pixels);
  canvas.width = size.width;
  canvas.height = size.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  return canvasBytes(canvas, "image/jpeg");
}
