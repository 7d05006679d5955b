/* Says on OctoPrint's page whether the gate runs, and why nothing prints. */
$(function () {
    function PlatemarkViewModel() {
        var self = this;
        self.gate = ko.observable(false);
        self.job = ko.observable("");
        self.ownFiles = ko.observable(false);
        self.why = ko.observable("");

        self.look = function () {
            OctoPrint.get("plugin/platemark/state")
                .done(function (told) {
                    self.gate(told.gate);
                    self.job(told.job || "");
                    self.ownFiles(told.own_files);
                    self.why(told.why);
                })
                .fail(function (answer) {
                    var told = answer.responseJSON || {};
                    self.gate(false);
                    self.job("");
                    self.why(told.detail || "");
                })
                .always(function () {
                    window.setTimeout(self.look, 5000);
                });
        };
        self.onStartupComplete = self.look;
    }

    OCTOPRINT_VIEWMODELS.push({
        construct: PlatemarkViewModel,
        elements: ["#sidebar_plugin_platemark_content"]
    });
});
