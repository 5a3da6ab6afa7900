function t(e) {
  throw new Error(`no weight for ${e}`);
}
t("home");
