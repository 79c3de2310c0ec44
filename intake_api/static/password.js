// Says how strong a new password is while it is typed, and lets it be shown. The page works without.
"use strict";

const WORDS = ["Very easy to guess.", "Easy to guess.", "Could be guessed.", "Strong enough.", "Very strong."];
const PAUSE_MS = 500;

for (const input of document.querySelectorAll("input[data-advice]")) {
  reveal(input);
  advise(input, document.getElementById("password-advice"));
}

function reveal(input) {
  const frame = document.createElement("div");
  const button = document.createElement("button");
  frame.className = "secret";
  button.type = "button";
  button.className = "reveal";
  button.textContent = "Show";
  button.setAttribute("aria-label", "Show the password");
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? "Show" : "Hide";
    button.setAttribute("aria-pressed", String(!shown));
  });
  input.form.addEventListener("submit", () => { input.type = "password"; });
  input.replaceWith(frame);
  frame.append(input, button);
}

function advise(input, line) {
  let timer = 0;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });

  async function ask() {
    const number = ++asked;
    if (!input.value) {
      line.hidden = true;
      return;
    }
    const value = (name) => input.form.elements[name]?.value ?? "";
    const response = await fetch(input.dataset.advice, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        password: input.value,
        email: input.dataset.email || value("email"),
        company: input.dataset.company || value("company_name"),
      }),
    }).catch(() => null);
    if (number !== asked) return;
    if (!response?.ok) {
      line.hidden = true; // the answer comes when the form is sent
      return;
    }
    const advice = await response.json();
    line.dataset.score = advice.score;
    line.textContent = [advice.ok ? WORDS[advice.score] : advice.warning, ...advice.suggestions].join(" ");
    line.hidden = false;
  }
}
