// The nonce of this page's styles, which the server makes anew for each answer.
export const styleNonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

// Where packages look that add styles without being told: `get-nonce`, which dialogs use to stop the page from scrolling.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce;
