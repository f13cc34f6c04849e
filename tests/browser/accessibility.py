"""What axe-core finds on a page against the Web Content Accessibility Guidelines 2.2, levels A and AA."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GUIDELINES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DRAWINGS = [[".wavetwin-chart .main-svg"]]  # which have a table of their values in place of text


def violations(page: Page, *rules: str) -> list[str]:
    """What a page does that it must not: by all rules, or by some of them."""
    chosen = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": GUIDELINES}
    found = Axe().run(page, {"exclude": DRAWINGS}, {"runOnly": chosen, "resultTypes": ["violations"]}).response
    return [f"{rule['help']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]
