/** The in-app browser that this page is in ("Zalo", "Facebook"…): they keep no data. "" in a real browser. */
export function inAppBrowser(agent: string = navigator.userAgent): string {
  const known: [RegExp, string][] = [
    [/zalo/i, "Zalo"],
    [/\bFB_IAB|FBAN|FBAV/i, "Facebook"],
    [/instagram/i, "Instagram"],
    [/messenger/i, "Messenger"],
    [/\bLine\//i, "LINE"],
    [/tiktok|musical_ly|bytedance/i, "TikTok"],
    [/; wv\)/i, "WebView"],
  ];
  return known.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
}

/** An iPhone tab loses its data after a week and shares nothing with the installed app: install first, enrol after. */
export function isUninstalledIPhone(): boolean {
  const isIPhone = /iPhone|iPad/.test(navigator.userAgent);
  return isIPhone && !window.matchMedia("(display-mode: standalone)").matches;
}

/** A short name of this phone for the desk: its model where the browser tells. */
export function phoneLabel(agent: string = navigator.userAgent): string {
  const model = /Android [\d.]+; ([^;)]+?)(?: Build|\)|;)/.exec(agent)?.[1]?.trim();
  if (model && model !== "K") return model.slice(0, 60);
  return /iPhone/.test(agent) ? "iPhone" : /Android/.test(agent) ? "Android" : "Trình duyệt";
}

/** A typed invitation as the server knows it: `7qk4 xw2m` is `7QK4-XW2M`; null when it is no code. */
export function readCode(typed: string): string | null {
  const code = typed.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : null;
}
