// While a blueprint is typed, say what the bank gives for it.
// Without this script the page has a button that does the same.
const form = document.getElementById("blueprint-form");
const place = document.getElementById("blueprint-answer");
const PAUSE = 600;
let waiting = 0;
let asked = 0;

function show(lines) {
  place.replaceChildren(
    ...lines.map((line) => {
      const said = document.createElement("p");
      said.textContent = line;
      return said;
    }),
  );
}

async function ask() {
  const number = ++asked;
  try {
    const answer = await fetch(form.dataset.url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form),
    });
    if (!answer.ok || answer.redirected || number !== asked) return;
    show((await answer.json()).answer);
  } catch {
    // The network may come back: the next key asks again.
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
