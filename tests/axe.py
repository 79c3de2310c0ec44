"""axe-core over a page that is open in a browser: what keeps somebody from using it (WCAG 2.2 AA)."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Streamlit puts a <div> between the list of pages and its items, and gives us no say in it.
_LOOK = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"], iframes: false});
  const theirs = (rule, node) => ["list", "listitem"].includes(rule) && document.querySelector(node.target[0])?.closest("[data-testid=stSidebarNav]");
  return found.violations.filter(each => ["serious", "critical"].includes(each.impact)).flatMap(each => each.nodes
    .filter(node => !theirs(each.id, node))
    .map(node => `${each.id} (${each.help}) at ${node.html.slice(0, 160)}: ${node.failureSummary.split("\\n").slice(1).join(" ").trim()}`));
}"""  # noqa: E501


def barriers(page: Page) -> list[str]:
    """The serious and critical violations: address, rule, what it says, and where."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [f"{page.url}: {found}" for found in page.evaluate(_LOOK)]
