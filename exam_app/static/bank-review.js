// Single keys on the review page. They can be switched off, do nothing while one types, and
// every one of them has a button or field that does the same (WCAG 2.1.4).
const STORE = "review-keys";
const legend = document.getElementById("review-keys");
const box = document.getElementById("keys-on");
const form = document.querySelector("#verdict form");
const comment = form.elements.namedItem("comment");

function remembered() {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    localStorage.setItem(STORE, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
}

function go(where) {
  document.querySelector(`#review-steps form[data-key="${where}"]`)?.requestSubmit();
}

function choose(verdict) {
  const option = form.querySelector(`input[name="verdict"][value="${verdict}"]`);
  if (option) option.checked = true;
  comment.focus();
}

const ACTS = {
  j: () => go("next"),
  n: () => go("next"),
  k: () => go("previous"),
  p: () => go("previous"),
  a: () => choose("approved"),
  r: () => choose("returned"),
  "?": () => box.focus(),
};

function typing(target) {
  return target.matches?.("textarea, select, input:not([type=checkbox]):not([type=radio])");
}

addEventListener("keydown", (event) => {
  if (event.target === comment && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
  } else if (box.checked && !typing(event.target) && !event.isComposing) {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in ACTS)) return;
    event.preventDefault();
    ACTS[event.key]();
  }
});

box.checked = remembered();
box.addEventListener("change", () => remember(box.checked));
legend.hidden = false;
