/** The QR code out of a picture or the camera. */

import decodeQR from "qr/decode.js";

// Larger pictures are made smaller first; a second look at twice the size reads small codes.
const SIDES = [2400, 1200, 4800];
const SEARCH = { effort: 4, timeLimit: 1500 };
const PAUSE = 120;

/** Returns the text of the QR code in a picture file, null where none is found. */
export async function textOfPicture(file) {
  const picture = await createImageBitmap(file);
  for (const side of SIDES) {
    const text = textOf(picture, side / Math.max(picture.width, picture.height));
    if (text !== null) return text;
  }
  return null;
}

/**
 * Shows the camera in a video element until a code is read; returns the function that stops it.
 * Throws where there is no camera or it is not allowed.
 */
export async function watchCamera(video, onText) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1920 } },
  });
  let timer = 0;
  const stop = () => {
    clearTimeout(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const look = () => {
    const text = video.videoWidth ? textOf(video, 1) : null;
    if (text === null) {
      timer = setTimeout(look, PAUSE);
    } else {
      stop();
      onText(text);
    }
  };
  video.srcObject = stream;
  await video.play();
  look();
  return stop;
}

/** Returns the text of the QR code in a picture or frame drawn at a scale, null for none. */
function textOf(source, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((source.videoWidth ?? source.width) * scale);
  canvas.height = Math.round((source.videoHeight ?? source.height) * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height), SEARCH);
  } catch {
    return null;
  }
}
