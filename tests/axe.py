"""axe-core over a page that is open in a browser: what keeps somebody from using it (WCAG 2.2 AA)."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Streamlit puts a <div> between the list of pages and its items, and leaves the points of a metric's sparkline without names (the
# last one is the figure beside it); it gives us no say in either.
_LOOK = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"], iframes: false});
  const within = (node, part) => document.querySelector(node.target[0])?.closest(`[data-testid=${part}]`);
  const theirs = (rule, node) => ["list", "listitem"].includes(rule) && within(node, "stSidebarNav") || rule === "svg-img-alt" && within(node, "stMetric");
  return found.violations.filter(each => ["serious", "critical"].includes(each.impact)).flatMap(each => each.nodes
    .filter(node => !theirs(each.id, node))
    .map(node => `${each.id} (${each.help}) at ${node.html.slice(0, 160)}: ${node.failureSummary.split("\\n").slice(1).join(" ").trim()}`));
}"""  # noqa: E501


def barriers(page: Page) -> list[str]:
    """The serious and critical violations: address, rule, what it says, and where."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [f"{page.url}: {found}" for found in page.evaluate(_LOOK)]


DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def in_every_look(page: Page) -> list[str]:
    """What keeps somebody out by day and by night, at a desk and on a phone, and what does not fit a phone's width.

    For pages whose look follows the device by itself; one is loaded once for all of it.
    """
    found = list[str]()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            found += [f"{scheme}, {size['width']} px: {each}" for each in barriers(page)]
    width = page.evaluate("() => document.documentElement.scrollWidth")
    return found + ([f"{page.url}: {width} px wide on a phone of {PHONE['width']}"] if width > PHONE["width"] else [])
