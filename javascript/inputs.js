/** Where a text to be verified comes from: pasted, a picture, the camera, the address. */

const scanner = () => import("./scan.js"); // the decoder is large: loaded when it is needed

const FIELDS = ["paste", "picture", "camera", "video", "told"];

/**
 * Wires the elements of ``certificates/_scan.html``; each text goes to ``onText``.
 * @param {object} options onText: (text) → Promise; texts: () → the sentences in use
 */
export function wireInputs({ onText, texts }) {
  const page = Object.fromEntries(FIELDS.map((id) => [id, document.getElementById(`scan-${id}`)]));
  let stop = null;
  const tell = (sentence) => {
    page.told.textContent = sentence;
  };
  const take = async (text) => {
    tell(texts().working);
    await onText(text.replace(/\s+/g, ""));
    tell("");
  };
  const endCamera = () => {
    if (stop) stop();
    stop = null;
    page.video.hidden = true;
    page.camera.textContent = texts().camera;
  };
  page.paste.addEventListener("submit", (event) => {
    event.preventDefault();
    take(page.paste.elements.namedItem("text").value);
  });
  page.picture.addEventListener("change", async () => {
    const [file] = page.picture.files;
    if (!file) return;
    tell(texts().working);
    const { textOfPicture } = await scanner();
    const text = await textOfPicture(file).catch(() => null);
    if (text === null) tell(texts().no_code);
    else await take(text);
    page.picture.value = "";
  });
  page.camera.addEventListener("click", async () => {
    if (stop) return endCamera();
    page.video.hidden = false;
    page.camera.textContent = texts().camera_off;
    const { watchCamera } = await scanner();
    const started = await watchCamera(page.video, (text) => {
      endCamera();
      take(text);
    }).catch(() => null);
    if (started) {
      stop = started;
    } else {
      endCamera();
      tell(texts().no_camera);
    }
  });
  return { take, tell };
}

/** Returns the digits an address carries behind "#" or as its last part, and wipes them there. */
export function takeFromAddress(rest) {
  const digits = /^[0-9]{1,1200}$/;
  const found = [location.hash.slice(1), location.pathname.split("/").pop()].find((part) =>
    digits.test(part),
  );
  if (found) history.replaceState(null, "", rest);
  return found;
}

/** Shows a section in a place of the page and leads the reader to it. */
export function showIn(place, section) {
  section.tabIndex = -1;
  place.replaceChildren(section);
  section.focus();
  section.scrollIntoView({ block: "start" });
}
