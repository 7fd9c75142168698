// Runs before the page is drawn, so that a chosen theme does not flash. Without a choice the system's is used.
(() => {
  try {
    const chosen = localStorage.getItem("pypes.theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing shows the system's theme.
  }
})();
