// Wide tables scroll sideways on a phone; so they can be reached, and scrolled, by keys.
document$.subscribe(() => requestAnimationFrame(() => {
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) wrap.tabIndex = 0;
}));
