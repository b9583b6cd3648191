// Signs in with a passkey, or adds one. Forms marked data-passkey are hidden until the
// browser can do it; the question stands in data-question, the answer goes back as JSON.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const ids = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

async function made(question) {
  const publicKey = {
    ...question,
    challenge: bytes(question.challenge),
    user: { ...question.user, id: bytes(question.user.id) },
    excludeCredentials: ids(question.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  return {
    id: key.id, rawId: text(key.rawId), type: key.type,
    response: {
      clientDataJSON: text(key.response.clientDataJSON),
      attestationObject: text(key.response.attestationObject),
    },
  };
}

async function proved(question) {
  const publicKey = {
    ...question,
    challenge: bytes(question.challenge),
    allowCredentials: ids(question.allowCredentials),
  };
  const key = await navigator.credentials.get({ publicKey });
  const owner = key.response.userHandle;
  return {
    id: key.id, rawId: text(key.rawId), type: key.type,
    response: {
      clientDataJSON: text(key.response.clientDataJSON),
      authenticatorData: text(key.response.authenticatorData),
      signature: text(key.response.signature),
      userHandle: owner ? text(owner) : null,
    },
  };
}

if (window.PublicKeyCredential && window.isSecureContext) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const question = JSON.parse(form.dataset.question);
    const ask = form.dataset.passkey === "make" ? made : proved;
    const sorry = form.querySelector("[role=status]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      sorry.hidden = true;
      try {
        form.elements.answer.value = JSON.stringify(await ask(question));
      } catch {
        sorry.hidden = false; // they closed the dialogue, or there is no such key
        return;
      }
      form.submit();
    });
  }
}
