"""The page How it works: a step at a time, at a person's speed, and at rest when it is told to be."""

import re

from playwright.sync_api import Locator, Page, expect

from core.store.run import Run
from tests.browser.acts import at_rest
from tests.browser.dashboard import Dashboard

AT_REST = """() => {
    const { isOver, asked, frame } = document.querySelector(".wavetwin-stage")?.wavetwinStage ?? {};
    return isOver && !asked && !frame;
}"""  # the last step is shown to its end, none is on its way, and no frame of the screen is waited for
LATER = "step => Number(document.querySelector('.wavetwin-stage')?.dataset.step) > step"


def step(stage: Locator) -> int:
    return int(stage.get_attribute("data-step"))


def test_two_networks_play_step_by_step(page: Page, shared: Dashboard, kept: Run) -> None:
    page.goto(f"{shared.url}/how?run={kept.id}")
    at_rest(page)
    stage = page.locator(".wavetwin-stage")
    expect(stage).to_have_attribute("data-step", "60")
    verdicts, caption = page.locator(".stage-score"), page.locator(".stage-caption")
    expect(verdicts).to_have_text([re.compile("sure it is real")] * 8)
    scores = verdicts.all_inner_texts()
    canvas = page.locator(".stage-fakes canvas").first
    fake = canvas.evaluate("canvas => canvas.toDataURL()")

    page.get_by_role("button", name="Single step").click()
    expect(stage).to_have_attribute("data-step", "61")
    expect(caption).to_contain_text("The generator learns")
    expect(caption).to_have_attribute("aria-live", "polite")

    page.get_by_role("button", name="Play").click()
    page.wait_for_function(LATER, arg=62)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function(AT_REST)

    page.locator(".stage-speed").select_option("50")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(LATER, arg=step(stage) + 20)
    expect(caption).to_have_attribute("aria-live", "off")
    assert verdicts.all_inner_texts() != scores
    assert canvas.evaluate("canvas => canvas.toDataURL()") != fake
