//! What a rule is. Formats are public documentation of the services that issue the keys.

use probity_model::Severity;

/// Identity of a rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) category: &'static str,
    pub(crate) title: &'static str,
    pub(crate) severity: Severity,
    /// Gives way to a rule that recognises the same bytes by their format.
    pub(crate) generic: bool,
}

impl Rule {
    /// How long every secret of this kind is, where its format fixes that.
    pub(crate) fn length(&self) -> Option<usize> {
        Some(match self.id {
            "aws-access-key-id" => 20,
            "github-pat" | "github-oauth" | "github-app-token" | "npm-access-token" => 40,
            "gcp-api-key" => 39,
            _ => return None,
        })
    }
}

const fn rule(id: &'static str, category: &'static str, title: &'static str, severity: Severity) -> Rule {
    Rule { id, category, title, severity, generic: false }
}

macro_rules! rules {
    ($($name:ident = $id:literal, $category:literal, $title:literal, $severity:ident;)*) => {
        $(pub(crate) static $name: Rule = rule($id, $category, $title, Severity::$severity);)*
        /// Every rule, for documentation and tests.
        #[cfg(test)]
        pub(crate) static ALL: &[&Rule] = &[$(&$name,)* &PASSWORD, &SECRET, &BASIC_AUTH_URL];
    };
}

rules! {
    PRIVATE_KEY = "private-key", "private-key", "private key", High;
    AWS_ACCESS_KEY_ID = "aws-access-key-id", "aws", "AWS access key id", Critical;
    AWS_SECRET_ACCESS_KEY = "aws-secret-access-key", "aws", "AWS secret access key", Critical;
    GITHUB_PAT = "github-pat", "github", "GitHub personal access token", Critical;
    GITHUB_OAUTH = "github-oauth", "github", "GitHub OAuth access token", Critical;
    GITHUB_APP = "github-app-token", "github", "GitHub app token", Critical;
    GITHUB_REFRESH = "github-refresh-token", "github", "GitHub refresh token", Critical;
    GITHUB_FINE = "github-fine-grained-pat", "github", "GitHub fine-grained personal access token", Critical;
    GITLAB_PAT = "gitlab-pat", "gitlab", "GitLab personal access token", Critical;
    GITLAB_TOKEN = "gitlab-token", "gitlab", "GitLab deploy, runner, job or trigger token", High;
    SLACK_TOKEN = "slack-access-token", "slack", "Slack token", High;
    SLACK_HOOK = "slack-web-hook", "slack", "Slack webhook", Medium;
    STRIPE_SECRET = "stripe-secret-token", "stripe", "Stripe secret key", Critical;
    STRIPE_PUBLISHABLE = "stripe-publishable-token", "stripe", "Stripe publishable key", Low;
    SHOPIFY = "shopify-token", "shopify", "Shopify token", High;
    PYPI = "pypi-upload-token", "pypi", "PyPI upload token", High;
    NPM = "npm-access-token", "npm", "npm access token", Critical;
    RUBYGEMS = "rubygems-api-token", "rubygems", "RubyGems API token", Medium;
    PACKAGIST = "private-packagist-token", "packagist", "Private Packagist token", High;
    CLOJARS = "clojars-api-token", "clojars", "Clojars API token", Medium;
    DOCKER_CONFIG = "dockerconfig-secret", "docker", "registry credentials of a Docker configuration", High;
    DOCKER_PAT = "docker-hub-pat", "docker", "Docker Hub personal access token", High;
    GCP_SERVICE_ACCOUNT = "gcp-service-account", "gcp", "Google Cloud service account key", Critical;
    GCP_API_KEY = "gcp-api-key", "gcp", "Google API key", High;
    GCP_OAUTH_SECRET = "gcp-oauth-client-secret", "gcp", "Google OAuth client secret", High;
    GCP_OAUTH_TOKEN = "gcp-oauth-token", "gcp", "Google OAuth access token", High;
    AZURE_STORAGE = "azure-storage-account-key", "azure", "Azure storage account key", Critical;
    AZURE_SHARED_KEY = "azure-shared-access-key", "azure", "Azure Service Bus, Event Hubs or IoT shared access key", Critical;
    AZURE_SAS = "azure-sas-token", "azure", "Azure shared access signature", High;
    AZURE_ENTRA = "azure-entra-client-secret", "azure", "Microsoft Entra client secret", Critical;
    AZURE_APP_CONFIG = "azure-app-config-connection-string", "azure", "Azure App Configuration connection string", Critical;
    AZURE_ACR = "azure-container-registry-password", "azure", "Azure Container Registry password", Critical;
    AZURE_DEVOPS = "azure-devops-pat", "azure", "Azure DevOps personal access token", High;
    AZURE_AI = "azure-ai-services-key", "azure", "Azure AI services key", High;
    ALIBABA_ID = "alibaba-access-key-id", "alibaba", "Alibaba Cloud access key id", High;
    DIGITALOCEAN = "digitalocean-token", "digitalocean", "DigitalOcean token", High;
    HASHICORP_TF = "hashicorp-tf-api-token", "hashicorp", "HCP Terraform API token", Medium;
    HASHICORP_VAULT = "hashicorp-vault-token", "hashicorp", "HashiCorp Vault token", High;
    HUGGING_FACE = "hugging-face-access-token", "hugging-face", "Hugging Face access token", Critical;
    OPENAI_PROJECT = "openai-project-api-key", "openai", "OpenAI project API key", Critical;
    OPENAI_SERVICE = "openai-service-account-key", "openai", "OpenAI service account key", Critical;
    OPENAI_ADMIN = "openai-admin-api-key", "openai", "OpenAI admin API key", Critical;
    OPENAI_LEGACY = "openai-legacy-api-key", "openai", "OpenAI API key", High;
    ANTHROPIC = "anthropic-api-key", "anthropic", "Anthropic API key", Critical;
    SENDGRID = "sendgrid-api-token", "sendgrid", "SendGrid API key", Medium;
    SENDINBLUE = "sendinblue-api-token", "sendinblue", "Brevo (Sendinblue) API key", Low;
    MAILGUN = "mailgun-token", "mailgun", "Mailgun key", Medium;
    TWILIO = "twilio-api-key", "twilio", "Twilio API key", Medium;
    TELEGRAM = "telegram-bot-token", "telegram", "Telegram bot token", Medium;
    DISCORD_HOOK = "discord-webhook", "discord", "Discord webhook", Medium;
    DISCORD_TOKEN = "discord-api-token", "discord", "Discord bot token", Medium;
    JWT = "jwt-token", "jwt", "JSON Web Token", Medium;
    AGE = "age-secret-key", "age", "age secret key", Medium;
    DATABRICKS = "databricks-api-token", "databricks", "Databricks token", Medium;
    DOPPLER = "doppler-api-token", "doppler", "Doppler token", Medium;
    DROPBOX = "dropbox-short-lived-api-token", "dropbox", "Dropbox token", High;
    DUFFEL = "duffel-api-token", "duffel", "Duffel token", Low;
    DYNATRACE = "dynatrace-api-token", "dynatrace", "Dynatrace token", Medium;
    EASYPOST = "easypost-api-token", "easypost", "EasyPost key", Low;
    FRAMEIO = "frameio-api-token", "frameio", "Frame.io token", Low;
    FLUTTERWAVE = "flutterwave-enc-key", "flutterwave", "Flutterwave secret key", Medium;
    GRAFANA = "grafana-api-token", "grafana", "Grafana token", Medium;
    HEROKU = "heroku-api-key", "heroku", "Heroku API key", High;
    LINEAR = "linear-api-token", "linear", "Linear API key", Medium;
    NEW_RELIC_USER = "new-relic-user-api-key", "new-relic", "New Relic user key", Medium;
    NEW_RELIC_BROWSER = "new-relic-browser-api-token", "new-relic", "New Relic browser key", Medium;
    PLANETSCALE_PASSWORD = "planetscale-password", "planetscale", "PlanetScale password", Medium;
    PLANETSCALE_TOKEN = "planetscale-api-token", "planetscale", "PlanetScale token", Medium;
    POSTMAN = "postman-api-token", "postman", "Postman API key", Medium;
    PULUMI = "pulumi-api-token", "pulumi", "Pulumi access token", High;
    SHIPPO = "shippo-api-token", "shippo", "Shippo token", Low;
    SQUARE = "square-access-token", "square", "Square token", High;
    ATLASSIAN = "atlassian-api-token", "atlassian", "Atlassian API token", High;
    DATABASE_URL = "database-url", "database", "database URL with a password", High;
    MAVEN_PASSWORD = "maven-settings-password", "maven", "password in Maven settings", High;
    NETRC = "netrc-password", "password", "password in a netrc file", High;
    KUBERNETES_SECRET = "kubernetes-secret", "kubernetes", "value of a Kubernetes Secret", High;
    // By the name that the value is given to.
    ADOBE = "adobe-client-secret", "adobe", "Adobe client secret", Low;
    ALIBABA_SECRET = "alibaba-secret-key", "alibaba", "Alibaba Cloud secret key", High;
    ASANA = "asana-client-secret", "asana", "Asana client secret", Medium;
    BITBUCKET = "bitbucket-client-secret", "bitbucket", "Bitbucket client secret", High;
    CONTENTFUL = "contentful-delivery-api-token", "contentful", "Contentful token", Low;
    DISCORD_SECRET = "discord-client-secret", "discord", "Discord client secret", Medium;
    FACEBOOK = "facebook-token", "facebook", "Facebook token", Low;
    FASTLY = "fastly-api-token", "fastly", "Fastly token", Medium;
    HUBSPOT = "hubspot-api-token", "hubspot", "HubSpot token", Low;
    INTERCOM = "intercom-client-secret", "intercom", "Intercom secret", Low;
    LINKEDIN = "linkedin-client-secret", "linkedin", "LinkedIn client secret", Low;
    MAILCHIMP = "mailchimp-api-key", "mailchimp", "Mailchimp key", Medium;
    MESSAGEBIRD = "messagebird-api-token", "messagebird", "MessageBird token", Medium;
    SYMFONY = "symfony-default-secret", "symfony", "Symfony default secret", High;
    TWITCH = "twitch-api-token", "twitch", "Twitch token", Low;
    TWITTER = "twitter-token", "twitter", "Twitter token", Low;
    TYPEFORM = "typeform-api-token", "typeform", "Typeform token", Low;
}

/// A value given to a name that ends in `password` and the like.
pub(crate) static PASSWORD: Rule =
    Rule { id: "password-assignment", category: "password", title: "password in plain text", severity: Severity::High, generic: true };

/// A value given to a name that ends in `secret`, `token`, `api_key` and the like.
pub(crate) static SECRET: Rule =
    Rule { id: "secret-assignment", category: "secret", title: "secret in plain text", severity: Severity::Medium, generic: true };

/// `https://user:password@host`.
pub(crate) static BASIC_AUTH_URL: Rule =
    Rule { id: "basic-auth-url", category: "password", title: "URL with a password", severity: Severity::Medium, generic: true };
