const SIDE = 14;
const CENTRE = (SIDE - 1) / 2;

/**
 * Writes `image`, turned by up to `rotate` degrees and moved by up to `shift` pixels either way, into `target` and
 * returns it. Pixels are interpolated between their four neighbours; outside the image all is 0.
 */
export function distort(image, target, { shift, rotate }, random) {
  const angle = ((random() * 2 - 1) * rotate * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const moveX = (random() * 2 - 1) * shift + CENTRE;
  const moveY = (random() * 2 - 1) * shift + CENTRE;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const sourceX = cos * (x - CENTRE) + sin * (y - CENTRE) + moveX;
      const sourceY = cos * (y - CENTRE) - sin * (x - CENTRE) + moveY;
      target[y * SIDE + x] = interpolate(image, sourceX, sourceY);
    }
  }
  return target;
}

function interpolate(image, x, y) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const down = y - top;
  return (
    (pixel(image, left, top) * (1 - right) + pixel(image, left + 1, top) * right) * (1 - down) +
    (pixel(image, left, top + 1) * (1 - right) + pixel(image, left + 1, top + 1) * right) * down
  );
}

function pixel(image, x, y) {
  return x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : image[y * SIDE + x];
}
