// One box that ticks all items of the page, and how many are ticked.
// Without this script each box is ticked by itself.
const line = document.getElementById("select-all");

function start() {
  const all = line.querySelector("input");
  const said = line.querySelector("[data-count]");
  const table = document.querySelector(all.dataset.selects);
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];

  function count() {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    said.textContent = ticked ? `${said.dataset.count} ${ticked}` : "";
  }

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  table.addEventListener("change", count);
  line.hidden = false;
  count();
}

if (line) start();
