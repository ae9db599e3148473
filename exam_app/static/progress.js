// Ask every second how far the job is, and show the outcome once it is over.
// Without this script the page has a link that does the same.
const place = document.getElementById("job-progress");
const part = (name) => place.querySelector(`[data-part="${name}"]`);
const bar = place.querySelector("progress");

async function ask() {
  try {
    const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return location.reload();
    const job = await answer.json();
    if (job.over) return location.reload();
    if (part("state").textContent !== job.state) part("state").textContent = job.state;
    part("count").textContent = `${job.done} / ${job.total || "—"}`;
    if (job.total) {
      bar.max = job.total;
      bar.value = job.done;
    }
  } catch {
    // The network may come back: ask again.
  }
  setTimeout(ask, 1000);
}

setTimeout(ask, 1000);
